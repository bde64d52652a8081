// Keeps pieces of files in memory: many machines boot from the same few files.

/** An LRU cache by key, bounded in bytes. Concurrent requests for a piece load it once. */
export class ChunkCache {
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The piece if it is in memory. */
  peek(key: string): Uint8Array | undefined {
    const chunk = this.#chunks.get(key);
    if (chunk === undefined) return undefined;
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    return chunk;
  }

  /** The piece, loaded if necessary; failed loads are not cached. */
  fetch(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const chunk = this.peek(key);
    if (chunk !== undefined) return Promise.resolve(chunk);
    const loading = this.#loading.get(key) ?? this.#load(key, load);
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      const chunk = await load();
      this.#keep(key, chunk);
      return chunk;
    } finally {
      this.#loading.delete(key);
    }
  }

  #keep(key: string, chunk: Uint8Array): void {
    this.#chunks.set(key, chunk);
    this.#bytes += chunk.length;
    for (const [oldest, { length }] of this.#chunks) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#chunks.delete(oldest);
      this.#bytes -= length;
    }
  }
}
