// A file in pieces that are read ahead, prepared for sending and kept for the next client.
import type { ChunkCache } from './chunk-cache.ts';

export interface PiecesOptions {
  /** Tells these pieces from those of all other files and forms. */
  readonly key: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of the file in a piece; the last one has fewer, or none. */
  readonly pieceBytes: number;
  /** Those bytes of the file, in the form in which they are kept. */
  readonly load: (position: number, length: number) => Promise<Uint8Array>;
  readonly cache: ChunkCache;
}

export class Pieces {
  readonly #options: PiecesOptions;
  /** The piece in use stays in hand even where the cache is too small for it. */
  #current: { readonly index: number; readonly bytes: Uint8Array } | null = null;

  constructor(options: PiecesOptions) {
    this.#options = options;
  }

  /** Whether there is such a piece. */
  has(index: number): boolean {
    return index * this.#options.pieceBytes <= this.#options.size;
  }

  /** The piece if it need not be read. */
  inMemory(index: number): Uint8Array | undefined {
    if (this.#current?.index === index) return this.#current.bytes;
    const bytes = this.#options.cache.peek(this.#key(index));
    if (bytes !== undefined) this.#enter(index, bytes);
    return bytes;
  }

  /** The piece, read if need be. */
  async fetch(index: number): Promise<Uint8Array> {
    const there = this.inMemory(index);
    if (there !== undefined) return there;
    const load = () => this.#load(index);
    // The first try may have been another client's, which left meanwhile and closed its file.
    const bytes = await this.#options.cache.fetch(this.#key(index), load).catch(load);
    this.#enter(index, bytes);
    return bytes;
  }

  /** On entering a piece, the next one is fetched ahead; its faults show when it is wanted. */
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
