// Packets seen a moment ago: a broadcast arrives once for each card on the client's network.

/** Shorter than any firmware's first retry (iPXE: 1 s; PXE 2.1: 4 s). */
const WINDOW_MS = 300;

/** Packets remembered; forged ones would fill any table, so the oldest are dropped. */
const MAX_PACKETS = 1024;

export class Recent {
  readonly #seen = new Map<string, number>();

  /** Packets remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a packet with this key was seen a moment ago; `now` in milliseconds. */
  has(key: string, now: number): boolean {
    const at = this.#seen.get(key);
    if (at !== undefined && now - at < WINDOW_MS) return true;
    this.#seen.delete(key);
    this.#seen.set(key, now);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MAX_PACKETS) break;
      this.#seen.delete(oldest);
    }
    return false;
  }
}
