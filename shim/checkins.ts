// What check-ins do. All are shown; only one that is proved closes the latch and is kept: anyone who can send
// a packet may claim the rest.
import type { Checkin, FoundingAnswer } from '../contract/checkin.ts';
import type { InventoryNode } from '../contract/inventory.ts';
import { noServer, notProved, notRemembered, otherFounder } from './api/api-errors.ts';
import { Challenges } from './challenges.ts';
import type { IssuedReader } from './enrolment/issued.ts';
import type { Founding } from './founding.ts';
import { HttpFault } from './http/http-errors.ts';
import type { Log } from './log.ts';
import { isProved } from './proofs.ts';
import type { Journal } from './state/checkin-journal.ts';
import type { Said } from './timeline/sighting.ts';

export interface CheckinsOptions {
  readonly issued: IssuedReader;
  readonly founding: Founding;
  readonly journal: Journal;
  readonly see: (said: Said) => void;
  readonly log: Log;
}

export class Checkins {
  readonly #options: CheckinsOptions;
  readonly #challenges = new Challenges(() => performance.now());

  constructor(options: CheckinsOptions) {
    this.#options = options;
  }

  /**
   * The latch, and what a check-in must answer.
   * @throws {HttpFault} as Founding.answer
   */
  answer(nonce: string | null): FoundingAnswer {
    const answer = this.#options.founding.answer(nonce);
    return nonce === null ? answer : { ...answer, challenge: this.#challenges.make() };
  }

  /** Takes an admitted check-in. @throws {HttpFault} */
  async take(checkin: Checkin, node: InventoryNode, address: string | null): Promise<void> {
    const { mac, stage, message, error } = checkin;
    const proved = this.#takeProof(checkin, node);
    if (stage === 'founded' && error === null) await this.#close(checkin, node, proved);
    const at = Date.now();
    const words = stage === 'founded' && error === null ? foundingWords(message) : message;
    const said = { at, mac, stage, message: words, error };
    this.#options.see({ kind: 'said', address, ...said });
    if (proved) this.#options.journal.append(said);
  }

  /** Whether it has a valid proof, whose challenge is then used up. */
  #takeProof(checkin: Checkin, node: InventoryNode): boolean {
    const { challenge } = checkin;
    const issued = this.#options.issued();
    if (issued === null || challenge === undefined) return false;
    if (!this.#challenges.isOpen(challenge) || !isProved(checkin, node, issued)) return false;
    this.#challenges.use(challenge);
    return true;
  }

  async #close({ epoch }: Checkin, { name, role }: InventoryNode, proved: boolean): Promise<void> {
    const { founding, log } = this.#options;
    if (role !== 'server') throw noServer(name);
    if (!proved) throw notProved(name);
    const closing = await founding.close(name, epoch).catch((error: unknown) => {
      throw error instanceof HttpFault ? error : notRemembered(error);
    });
    if (closing !== 'other') return;
    const founder = founding.founder ?? 'another node';
    log({ area: 'node', node: name, event: 'SECOND FOUNDER', fields: { founder } });
    throw otherFounder(founder);
  }
}

/** A founder's message is the hash of its CA, which alone says nothing to people. */
function foundingWords(caHash: string): string {
  return `k3s is up; its CA is ${caHash.slice(0, 12)}`;
}
