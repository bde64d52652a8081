// A file as a transfer sends it: packet by packet, from memory where possible, and never a mixture of
// two versions.
import type { BigIntStats } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServedFile } from '../files.ts';
import type { ChunkCache } from './chunk-cache.ts';
import { toNetascii } from './netascii.ts';
import { encodeData, frameBlocks, roomForBlocks } from './packet.ts';
import { Pieces } from './pieces.ts';
import type { Source } from './transfer.ts';
import { FileChangedError } from './transfer-errors.ts';

/**
 * Approximate bytes of a file read at once. As packets they are slightly more, and from 128 KiB on
 * glibc returns each freed piece to the system; smaller ones left 40 MB of fragmented heap.
 */
const PIECE_BYTES = 128 * 1024;

/** File times advance in steps of a kernel tick (at most 10 ms): within one, two writes look alike. */
const TICK_MS = 20;

/** What is to be sent, before the block size is negotiated. */
export interface Content {
  /** Bytes that will be sent; null if that is not known in advance (netascii). */
  readonly size: number | null;
  /** @param blksize bytes of data per block */
  inBlocks(blksize: number, cache: ChunkCache): Source;
}

/**
 * The opened file, in the mode `octet` or `netascii`. The caller closes the file, after the last
 * read. Throws a FileChangedError for one that is being written at this moment.
 */
export async function contentOf(file: ServedFile, mode: 'octet' | 'netascii'): Promise<Content> {
  const version = await settledVersion(file);
  const size = Number(version.size);
  const key = `${version.dev} ${version.ino} ${version.mtimeNs} ${version.ctimeNs}`;
  const read = (into: Uint8Array, position: number) => fill(into, file, version, position);
  if (mode === 'octet') {
    return { size, inBlocks: (blksize, cache) => octetBlocks({ size, key, read }, blksize, cache) };
  }
  const inBlocks = (blksize: number, cache: ChunkCache) =>
    new NetasciiBlocks({ size, key, read }, blksize, cache);
  return { size: null, inBlocks };
}

/** What distinguishes one version of a file from another, as far as the file system can tell. */
type Version = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'nlink'>;

/**
 * Whether the same open file still has the content of that version. ctime detects writers who reset
 * mtime; but it also changes with the link count, as when a new file replaces this one by name.
 */
function isSameContent(before: Version, now: Version): boolean {
  const untouched = now.ctimeNs === before.ctimeNs || now.nlink !== before.nlink;
  return now.size === before.size && now.mtimeNs === before.mtimeNs && untouched;
}

/** A file written a moment ago is checked again once another write would change its times. */
async function settledVersion(file: ServedFile): Promise<Version> {
  const version = await file.handle.stat({ bigint: true });
  if (Math.abs(Date.now() - Number(version.mtimeNs / 1_000_000n)) > TICK_MS) return version;
  await delay(TICK_MS);
  const later = await file.handle.stat({ bigint: true });
  if (!isSameContent(version, later)) throw new FileChangedError(file.path);
  return later;
}

async function fill(
  bytes: Uint8Array,
  file: ServedFile,
  version: Version,
  position: number,
): Promise<void> {
  const { bytesRead } = await file.handle.read(bytes, 0, bytes.length, position);
  const now = await file.handle.stat({ bigint: true });
  if (bytesRead !== bytes.length || !isSameContent(version, now)) {
    throw new FileChangedError(file.path);
  }
}

/** A file at a known version. */
interface Stored {
  /** Bytes on disk. */
  readonly size: number;
  /** Unique for this version of this file. */
  readonly key: string;
  /** Fills the buffer from a position on; rejects with a FileChangedError if the file has changed. */
  readonly read: (into: Uint8Array, position: number) => Promise<void>;
}

/**
 * Octet mode: pieces of the file are cached as finished packets, so that a packet costs neither an
 * allocation nor a copy, for any client.
 */
function octetBlocks({ size, key, read }: Stored, blksize: number, cache: ChunkCache): Source {
  const perPiece = Math.max(1, Math.floor(PIECE_BYTES / blksize));
  const pieces = new Pieces({
    key: `octet ${blksize} ${key}`,
    size,
    pieceBytes: perPiece * blksize,
    load: async (position, length) => {
      const blocks = Math.min(perPiece, Math.floor(length / blksize) + 1);
      const { packets, data } = roomForBlocks(length, blocks);
      await read(data, position);
      frameBlocks(packets, position / blksize + 1, blksize, blocks);
      return packets;
    },
    cache,
  });
  const packetIn = (piece: Uint8Array, block: number) => {
    const start = ((block - 1) % perPiece) * (blksize + 4);
    return piece.subarray(start, start + blksize + 4);
  };
  return {
    packet(block) {
      const index = Math.floor((block - 1) / perPiece);
      const piece = pieces.inMemory(index);
      if (piece !== undefined) return packetIn(piece, block);
      return pieces.fetch(index).then((fetched) => packetIn(fetched, block));
    },
  };
}

/** Netascii: how far line ends shift what follows is known only once they have been read. */
class NetasciiBlocks implements Source {
  readonly #pieces: Pieces;
  readonly #blksize: number;
  /** Where each piece begins on the wire. Pieces are first read in order, so it has no holes. */
  readonly #starts: number[] = [0];

  constructor({ size, key, read }: Stored, blksize: number, cache: ChunkCache) {
    this.#pieces = new Pieces({
      key: `netascii ${key}`,
      size,
      pieceBytes: PIECE_BYTES,
      load: async (position, length) => {
        const bytes = Buffer.allocUnsafeSlow(length);
        await read(bytes, position);
        return toNetascii(bytes);
      },
      cache,
    });
    this.#blksize = blksize;
  }

  async packet(block: number): Promise<Uint8Array> {
    const start = (block - 1) * this.#blksize;
    const end = start + this.#blksize;
    const parts: Uint8Array[] = [];
    // Blocks are requested in order, or again from a window back: the position is near the end.
    let index = this.#starts.findLastIndex((piece) => piece <= start);
    for (let at = start; at < end && this.#pieces.has(index); index += 1) {
      const part = this.#cut(index, await this.#pieces.fetch(index), at, end);
      parts.push(part);
      at += part.length;
    }
    return encodeData(block, Buffer.concat(parts));
  }

  /** The piece's bytes from `at` to `end`, both counted from the start of the transfer. */
  #cut(index: number, piece: Uint8Array, at: number, end: number): Uint8Array {
    const start = this.#starts[index] ?? 0;
    if (this.#starts.length === index + 1) this.#starts.push(start + piece.length);
    return piece.subarray(at - start, end - start);
  }
}
