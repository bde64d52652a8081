// Numbers that a check-in must answer, each once. Those that were only handed out are not stored: anyone can
// ask for them.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Milliseconds in which a challenge can be answered. */
const VALID_MS = 300_000;

/** Answered ones that are remembered; more than the API's rate lets through while they are valid. */
const MAX_USED = 65_536;

export class Challenges {
  /** Of this run only: after a restart, nodes ask again. */
  readonly #key = randomBytes(32);
  readonly #now: () => number;
  /** Answered, and when; oldest first. */
  readonly #used = new Map<string, number>();

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** 32 hex digits: 2 random bytes, 6 of the time, and 8 that only we can derive from these. */
  make(): string {
    const head = Buffer.alloc(8);
    head.writeUIntBE(Math.floor(this.#now()), 2, 6);
    randomBytes(2).copy(head);
    return Buffer.concat([head, this.#tagOf(head)]).toString('hex');
  }

  /** Whether it is ours, still valid, and was not answered yet. */
  isOpen(challenge: string): boolean {
    const bytes = Buffer.from(challenge, 'hex');
    if (bytes.length !== 16 || bytes.toString('hex') !== challenge) return false;
    const head = bytes.subarray(0, 8);
    if (!timingSafeEqual(this.#tagOf(head), bytes.subarray(8))) return false;
    const age = this.#now() - head.readUIntBE(2, 6);
    this.#forget();
    return age < VALID_MS && !this.#used.has(challenge) && this.#used.size < MAX_USED;
  }

  /** To be called once its answer was found to be right, and only then. */
  use(challenge: string): void {
    this.#used.set(challenge, this.#now());
  }

  /** Those that are no longer valid anyway. */
  #forget(): void {
    for (const [used, at] of this.#used) {
      if (this.#now() - at <= VALID_MS) return;
      this.#used.delete(used);
    }
  }

  #tagOf(head: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(head).digest().subarray(0, 8);
  }
}
