// A file as a transfer sends it: packet by packet, out of memory where it can be, and never a mixture
// of two versions.
import type { BigIntStats } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServedFile } from '../files.ts';
import type { ChunkCache } from './chunk-cache.ts';
import { FileChangedError } from './errors.ts';
import { toNetascii } from './netascii.ts';
import { encodeData, frameBlocks, roomForBlocks } from './packet.ts';
import { Pieces } from './pieces.ts';
import type { Source } from './transfer.ts';

/**
 * Bytes of a file read at once, about. As packets they are more, and from there on (128 KiB) glibc
 * gives each piece back to the system when it is freed; smaller ones left it with 40 MB of holes.
 */
const PIECE_BYTES = 128 * 1024;

/** File times advance in steps of a kernel tick (at most 10 ms): within one, two writes look alike. */
const TICK_MS = 20;

/** What is there to be sent, before the size of its blocks is agreed upon. */
export interface Content {
  /** Bytes that will travel; null where only sending them tells (netascii). */
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

/** A file of a known version. */
interface Stored {
  /** Bytes as it lies on the disk. */
  readonly size: number;
  /** Tells this version of this file from all others. */
  readonly key: string;
  /** Fills the bytes from a position on; rejects with a FileChangedError once it is another version. */
  readonly read: (into: Uint8Array, position: number) => Promise<void>;
}

/**
 * Octets: pieces of the file are kept as the packets that they travel in, so that a packet costs
 * neither an allocation nor a copy, whoever it is for.
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

/** Text: how far a line end moves what follows it is known only once it has been read. */
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
    // Blocks are asked for in order, or again a window back: the place is near the end.
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
