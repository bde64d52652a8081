// A file as a transfer reads it: block by block, out of memory where it can be, and never a mixture
// of two versions.
import type { BigIntStats } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServedFile } from '../files.ts';
import type { ChunkCache } from './chunk-cache.ts';
import { FileChangedError } from './errors.ts';
import { toNetascii } from './netascii.ts';
import type { Parts, Source } from './transfer.ts';

/** Bytes of a file read at once. */
const CHUNK_BYTES = 64 * 1024;

/** File times advance in steps of a kernel tick (at most 10 ms): within one, two writes look alike. */
const TICK_MS = 20;

export interface FileSource extends Source {
  /** Bytes that will travel; null where only sending them tells (netascii). */
  readonly size: number | null;
}

/**
 * The opened file, in the mode `octet` or `netascii`. The caller closes the file, after the last
 * read. Throws a FileChangedError for one that is being written at this moment.
 */
export async function sourceOf(
  file: ServedFile,
  mode: 'octet' | 'netascii',
  cache: ChunkCache,
): Promise<FileSource> {
  const version = await settledVersion(file);
  return new ChunkedSource(file, version, mode, cache);
}

/** What tells one content of a file from another, as far as the file system knows. */
type Version = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'nlink'>;

/**
 * Whether the same open file still has the content of that version. ctime tells of writers who set
 * mtime back; but it moves with the number of links too, as when a new file takes the old one's name.
 */
function isSameContent(before: Version, now: Version): boolean {
  const untouched = now.ctimeNs === before.ctimeNs || now.nlink !== before.nlink;
  return now.size === before.size && now.mtimeNs === before.mtimeNs && untouched;
}

/** A file written a moment ago is looked at again once its next write would show in its times. */
async function settledVersion(file: ServedFile): Promise<Version> {
  const version = await file.handle.stat({ bigint: true });
  if (Math.abs(Date.now() - Number(version.mtimeNs / 1_000_000n)) > TICK_MS) return version;
  await delay(TICK_MS);
  const later = await file.handle.stat({ bigint: true });
  if (!isSameContent(version, later)) throw new FileChangedError(file.path);
  return later;
}

class ChunkedSource implements FileSource {
  readonly size: number | null;
  readonly #file: ServedFile;
  readonly #version: Version;
  /** Bytes of the file as it lies on the disk. */
  readonly #bytes: number;
  readonly #key: string;
  readonly #mode: 'octet' | 'netascii';
  readonly #cache: ChunkCache;
  /** The piece in use stays in hand even where the cache is too small for it. */
  #current: { readonly index: number; readonly bytes: Uint8Array } | null = null;
  /** Where each piece begins on the wire. Pieces are first read in order, so it has no holes. */
  readonly #starts: number[] = [0];

  constructor(file: ServedFile, version: Version, mode: 'octet' | 'netascii', cache: ChunkCache) {
    this.#file = file;
    this.#version = version;
    this.#mode = mode;
    this.#cache = cache;
    this.#key = `${mode} ${version.dev} ${version.ino} ${version.mtimeNs} ${version.ctimeNs}`;
    this.#bytes = Number(version.size);
    this.size = mode === 'octet' ? this.#bytes : null;
  }

  read(offset: number, length: number): Parts | Promise<Parts> {
    const end = offset + length;
    const parts: Uint8Array[] = [];
    let at = offset;
    for (let index = this.#indexAt(at); at < end && this.#exists(index); index += 1) {
      const chunk = this.#inMemory(index);
      if (chunk === undefined) return this.#readOn(parts, index, at, end);
      const part = this.#cut(index, chunk, at, end);
      parts.push(part);
      at += part.length;
    }
    return parts;
  }

  /** The same from a piece on that is not in memory. */
  async #readOn(parts: Uint8Array[], from: number, offset: number, end: number): Promise<Parts> {
    let at = offset;
    for (let index = from; at < end && this.#exists(index); index += 1) {
      const part = this.#cut(index, await this.#fetch(index), at, end);
      parts.push(part);
      at += part.length;
    }
    return parts;
  }

  #exists(index: number): boolean {
    return index * CHUNK_BYTES < this.#bytes;
  }

  #indexAt(offset: number): number {
    if (this.#mode === 'octet') return Math.floor(offset / CHUNK_BYTES);
    // Blocks are asked for in order, or again a window back: the place is near the end.
    return this.#starts.findLastIndex((start) => start <= offset);
  }

  #startOf(index: number): number {
    return this.#mode === 'octet' ? index * CHUNK_BYTES : (this.#starts[index] ?? 0);
  }

  /** The piece's bytes from `at` to `end`, both counted from the start of the transfer. */
  #cut(index: number, chunk: Uint8Array, at: number, end: number): Uint8Array {
    const start = this.#startOf(index);
    const first = this.#mode === 'netascii' && this.#starts.length === index + 1;
    if (first) this.#starts.push(start + chunk.length);
    return chunk.subarray(at - start, end - start);
  }

  #inMemory(index: number): Uint8Array | undefined {
    if (this.#current?.index === index) return this.#current.bytes;
    const bytes = this.#cache.peek(`${this.#key} ${index}`);
    if (bytes !== undefined) this.#enter(index, bytes);
    return bytes;
  }

  async #fetch(index: number): Promise<Uint8Array> {
    const load = () => this.#load(index);
    // The first try may have been another client's, which left meanwhile and closed its file.
    const bytes = await this.#cache.fetch(`${this.#key} ${index}`, load).catch(load);
    this.#enter(index, bytes);
    return bytes;
  }

  /** On entering a piece, the next one is fetched ahead; its faults show when it is wanted. */
  #enter(index: number, bytes: Uint8Array): void {
    this.#current = { index, bytes };
    if (!this.#exists(index + 1) || this.#cache.peek(`${this.#key} ${index + 1}`) !== undefined)
      return;
    this.#cache.fetch(`${this.#key} ${index + 1}`, () => this.#load(index + 1)).catch(() => {});
  }

  async #load(index: number): Promise<Uint8Array> {
    const position = index * CHUNK_BYTES;
    const wanted = Math.min(CHUNK_BYTES, this.#bytes - position);
    const bytes = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await this.#file.handle.read(bytes, 0, wanted, position);
    const now = await this.#file.handle.stat({ bigint: true });
    if (bytesRead !== wanted || !isSameContent(this.#version, now)) {
      throw new FileChangedError(this.#file.path);
    }
    return this.#mode === 'octet' ? bytes : toNetascii(bytes);
  }
}
