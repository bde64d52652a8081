// Which machine has an address, from the kernel's neighbour table and cached for a while: a boot makes
// hundreds of requests.
import type { ClientMac } from '../guard/client-mac.ts';

/** A lease may pass to another machine, but not this soon after its last request. */
const KEPT_MS = 10_000;
/** Addresses remembered; the least recently looked up are dropped. */
const MAX_ADDRESSES = 1024;

interface Answer {
  readonly mac: Promise<string | null>;
  /** Null until it is known. */
  known: string | null;
  readonly at: number;
  /** Whether the client said so itself. */
  readonly isClaim: boolean;
}

export class MacCache {
  readonly #ask: (client: string, local: string) => Promise<ClientMac>;
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer>();

  /**
   * @param ask as clientMac
   * @param now milliseconds, monotonic
   */
  constructor(ask: (client: string, local: string) => Promise<ClientMac>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** The MAC address behind a client; null if unknown. Never rejects. */
  macOf(client: string, local: string): Promise<string | null> {
    const before = this.#answers.get(client);
    if (before !== undefined && this.#now() - before.at < KEPT_MS) return before.mac;
    const asked = this.#ask(client, local).catch((): ClientMac => ({ kind: 'unknown' }));
    const mac = asked.then((seen) => (seen.kind === 'neighbour' ? seen.mac : null));
    const known = before?.known ?? null;
    const answer: Answer = { mac, known, at: this.#now(), isClaim: false };
    mac.then((seen) => {
      answer.known = seen ?? answer.known;
    });
    this.#remember(client, answer);
    return mac;
  }

  /** Caches a MAC address that is known otherwise; `isClaim` if only because the client said so. */
  learn(client: string, mac: string, isClaim: boolean): void {
    const known = mac;
    this.#remember(client, { mac: Promise.resolve(mac), known, at: this.#now(), isClaim });
  }

  /** Whether what macOf says of a client is only its own claim. */
  isClaim(client: string): boolean {
    return this.#answers.get(client)?.isClaim ?? false;
  }

  /** The MAC address last known for a client, for the log. */
  lastKnown(client: string): string | null {
    return this.#answers.get(client)?.known ?? null;
  }

  #remember(client: string, answer: Answer): void {
    this.#answers.delete(client);
    this.#answers.set(client, answer);
    if (this.#answers.size <= MAX_ADDRESSES) return;
    const [oldest = ''] = this.#answers.keys();
    this.#answers.delete(oldest);
  }
}
