// A file in pieces that are read ahead, prepared for sending and cached for other clients.
import type { ChunkCache } from './chunk-cache.ts';

export interface PiecesOptions {
  /** Unique among all files and forms. */
  readonly key: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of the file per piece; the last one has fewer, or none. */
  readonly pieceBytes: number;
  /** Reads these bytes of the file, in the form in which they are cached. */
  readonly load: (position: number, length: number) => Promise<Uint8Array>;
  readonly cache: ChunkCache;
}

export class Pieces {
  readonly #options: PiecesOptions;
  /** The piece in use is kept even if the cache is too small for it. */
  #current: { readonly index: number; readonly bytes: Uint8Array } | null = null;

  constructor(options: PiecesOptions) {
    this.#options = options;
  }

  /** Whether the file has this piece. */
  has(index: number): boolean {
    return index * this.#options.pieceBytes <= this.#options.size;
  }

  /** The piece if it is in memory. */
  inMemory(index: number): Uint8Array | undefined {
    if (this.#current?.index === index) return this.#current.bytes;
    const bytes = this.#options.cache.peek(this.#key(index));
    if (bytes !== undefined) this.#enter(index, bytes);
    return bytes;
  }

  /** The piece, read if necessary. */
  async fetch(index: number): Promise<Uint8Array> {
    const there = this.inMemory(index);
    if (there !== undefined) return there;
    const load = () => this.#load(index);
    // The failed load may be another client's, which has left and closed its file.
    const bytes = await this.#options.cache.fetch(this.#key(index), load).catch(load);
    this.#enter(index, bytes);
    return bytes;
  }

  /** On entering a piece, the next one is read ahead; its errors show when it is needed. */
  #enter(index: number, bytes: Uint8Array): void {
    this.#current = { index, bytes };
    const next = this.#key(index + 1);
    const { cache } = this.#options;
    if (!this.has(index + 1) || cache.peek(next) !== undefined) return;
    cache.fetch(next, () => this.#load(index + 1)).catch(() => {});
  }

  #load(index: number): Promise<Uint8Array> {
    const { size, pieceBytes, load } = this.#options;
    const position = index * pieceBytes;
    return load(position, Math.min(pieceBytes, size - position));
  }

  #key(index: number): string {
    return `${this.#options.key} ${index}`;
  }
}
