// What the shim knows about the founding of the cluster (docs/design.md): whether a node has founded
// it, and which founding sets machines may act on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundingAnswer } from '../contract/checkin.ts';
import type { FoundedFile } from '../contract/founded.ts';
import { INVENTORY } from '../contract/paths.ts';
import type { PublishedSet } from '../contract/published.ts';
import type { FoundingView } from '../contract/timeline.ts';
import { notBuilt } from './api/api-errors.ts';
import type { Built } from './built.ts';
import { type Closing, type Latch, openLatch } from './state/founded.ts';
import { openPublished, type Published } from './state/published.ts';

/**
 * Keep counting the old set this long: while a build replaces files, a seed may still be the old one
 * although inventory.json is new.
 */
const RECENT_MS = 60_000;

export class Founding {
  readonly #dist: string;
  readonly #built: () => Built | null;
  readonly #now: () => number;
  readonly #latch: Latch;
  readonly #published: Published;
  readonly #recent = new Map<string, { readonly set: PublishedSet; at: number }>();
  #known: FoundedFile | null;

  /**
   * @param state the state folder
   * @param now milliseconds since 1970
   * @throws {UserError} when a file in the state folder is damaged
   */
  constructor(dist: string, state: string, built: () => Built | null, now: () => number) {
    this.#dist = dist;
    this.#built = built;
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

  /** For nodes. @throws {HttpError} when it is unknown */
  answer(): FoundingAnswer {
    const inventory = this.#built()?.inventory.founding;
    if (inventory === undefined) throw notBuilt();
    const latch = this.#read();
    const closed = latch !== null && latch.epoch >= inventory.epoch;
    const epoch = closed ? latch.epoch : inventory.epoch;
    return { version: 1, founded: closed || inventory.founded, epoch };
  }

  /**
   * A server has founded the cluster.
   * @param epoch as the server reports it; default: the inventory's
   * @throws {Error} with a readable message when that cannot be stored
   */
  async close(node: string, epoch: number | undefined): Promise<Closing> {
    const of = epoch ?? this.#built()?.inventory.founding.epoch ?? 1;
    const closing = await this.#latch.close(node, of, new Date(this.#now()));
    this.#known = this.#latch.read();
    return closing;
  }

  /** The founder, if known. */
  get founder(): string | null {
    return this.#known?.node ?? null;
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
