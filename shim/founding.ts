// What the shim knows about the founding of the cluster (docs/design.md): whether a node has founded
// it, and which founding sets machines may act on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundingAnswer } from '../contract/checkin.ts';
import { FOUNDED, type FoundedFile } from '../contract/founded.ts';
import { INVENTORY } from '../contract/paths.ts';
import type { PublishedSet } from '../contract/published.ts';
import type { FoundingView } from '../contract/timeline.ts';
import { farBeyond, notBuilt } from './api/api-errors.ts';
import { noSecrets } from './api/enroll-errors.ts';
import type { Built } from './built.ts';
import type { IssuedReader } from './enrolment/issued.ts';
import { latchProofs } from './proofs.ts';
import { type Closing, type Latch, openLatch } from './state/founded.ts';
import { openPublished, type Published } from './state/published.ts';

/**
 * Keep counting the old set this long: while a build replaces files, a seed may still be the old one
 * although inventory.json is new.
 */
const RECENT_MS = 60_000;

/**
 * How far a founding's epoch may be beyond the inventory's. Nodes may be beyond it: by one for each time that
 * somebody abandoned a founder by hand (payload/join/orders.py), or because the inventory was taken back to an
 * earlier state. Anything beyond is not a founding of this cluster, and remembering it would keep the latch closed
 * for all epochs up to it.
 */
export const MOST_BEYOND = 16;

export interface FoundingOptions {
  readonly dist: string;
  readonly state: string;
  readonly built: () => Built | null;
  readonly issued: IssuedReader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Founding {
  readonly #dist: string;
  readonly #built: () => Built | null;
  readonly #issued: IssuedReader;
  readonly #now: () => number;
  readonly #latch: Latch;
  readonly #published: Published;
  readonly #recent = new Map<string, { readonly set: PublishedSet; at: number }>();
  #known: FoundedFile | null;

  /**
   * @param state the state folder
   * @throws {UserError} when a file in the state folder is damaged
   */
  constructor({ dist, state, built, issued, now }: FoundingOptions) {
    this.#dist = dist;
    this.#built = built;
    this.#issued = issued;
    this.#now = now;
    this.#latch = openLatch(state);
    this.#published = openPublished(state);
    this.#known = this.#latch.read();
    this.noteSet();
  }

  /** For the page. */
  view(): FoundingView {
    const latch = this.#read();
    const inventory = this.#built()?.inventory.founding;
    if (inventory === undefined) return { founded: false };
    if (latch === null || latch.epoch < inventory.epoch) return { founded: inventory.founded };
    return { founded: true, founder: latch.node, at: Date.parse(latch.at) };
  }

  /**
   * For nodes.
   * @param nonce null: from a node of an earlier version, which believes it without proofs
   * @throws {HttpFault} when it is unknown, or there are no keys to prove it by
   */
  answer(nonce: string | null): FoundingAnswer {
    const inventory = this.#built()?.inventory.founding;
    if (inventory === undefined) throw notBuilt();
    const issued = this.#issued();
    if (issued === null) throw noSecrets();
    const latch = this.#read();
    const closed = latch !== null && latch.epoch >= inventory.epoch;
    const epoch = closed ? latch.epoch : inventory.epoch;
    const word = { version: 1, founded: closed || inventory.founded, epoch } as const;
    return nonce === null ? word : { ...word, nonce, proofs: latchProofs(issued, nonce, word) };
  }

  /**
   * A server has founded the cluster.
   * @param epoch as the server reports it; default: the inventory's
   * @throws {HttpFault} when it is too far beyond the inventory's
   * @throws {Error} with a readable message when that cannot be stored
   */
  async close(node: string, epoch: number | undefined): Promise<Closing> {
    const own = this.#built()?.inventory.founding.epoch;
    if (own === undefined) throw notBuilt();
    const of = epoch ?? own;
    if (of > own + MOST_BEYOND) throw farBeyond(of, own);
    const closing = await this.#latch.close(node, of, new Date(this.#now()));
    this.#known = this.#latch.read();
    return closing;
  }

  /** The founder, if known. */
  get founder(): string | null {
    return this.#known?.node ?? null;
  }

  /** A warning about the latch for the log at the start; null: all is well. */
  fault(): string | null {
    const latch = this.#read();
    const own = this.#built()?.inventory.founding.epoch;
    if (latch === null || own === undefined || latch.epoch <= own + MOST_BEYOND) return null;
    return (
      `${FOUNDED} says that ${latch.node} founded a cluster of epoch ${latch.epoch}, but nodes.yaml has ${own}: ` +
      'no node will found one of an epoch up to that; if there is no such cluster, remove that file'
    );
  }

  /** Notes the founding set that dist/ has now; to be called regularly. */
  noteSet(): void {
    const founding = this.#built()?.inventory.founding;
    for (const [key, { at }] of this.#recent)
      if (this.#now() - at > RECENT_MS) this.#recent.delete(key);
    if (founding === undefined) return;
    const { epoch, servers } = founding;
    this.#recent.set(JSON.stringify([epoch, servers]), {
      set: { epoch, servers },
      at: this.#now(),
    });
  }

  /**
   * A seed is about to be sent: resolves once its founding set is in state/published.json.
   * @throws {Error} with a readable message when that fails
   */
  async publish(): Promise<void> {
    this.noteSet();
    if (this.#built() === null && existsSync(join(this.#dist, INVENTORY))) throw notBuilt();
    await this.#published.add([...this.#recent.values()].map(({ set }) => set));
  }

  /** A file that is damaged while we run changes nothing. */
  #read(): FoundedFile | null {
    try {
      this.#known = this.#latch.read();
    } catch {
      // The next start reports it.
    }
    return this.#known;
  }
}
