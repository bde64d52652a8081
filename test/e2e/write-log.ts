// What a machine wrote to its disk, in order, as QEMU's blklogwrites keeps it (the format of the
// kernel's dm-log-writes, Documentation/admin-guide/device-mapper/log-writes.rst), and what of it is on
// the disk after a power cut.
//
//   sector 0             magic, version, entries, bytes a sector     (u64 u64 u64 u32, little-endian)
//   then each entry      sector, sectors, flags, 0                   (u64 each) filled to one sector
//     and its data
import { type FileHandle, open } from 'node:fs/promises';

const MAGIC = 0x6a736677736872n;
const FLUSH = 1n;
const FUA = 2n;
const DISCARD = 4n;
/** What a disk writes atomically. */
const PIECE = 4096;

export interface LoggedWrite {
  /** Where in the log its data begin, where they go on the disk, and how many bytes; 0: a flush only. */
  readonly data: number;
  readonly place: number;
  readonly bytes: number;
  /** All that came before is on the disk. */
  readonly flush: boolean;
  /** It is on the disk itself. */
  readonly fua: boolean;
}

export interface Cut {
  readonly flushes: number;
  /** Pieces of 4096 bytes that were written but never flushed, and how many of them are lost. */
  readonly unsafe: number;
  readonly lost: number;
}

/**
 * What the log holds, without what was under way at its end.
 * @throws when the file is not such a log
 */
export async function readWriteLog(path: string): Promise<LoggedWrite[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = await readAt(file, 0, 32);
    if (head.readBigUInt64LE() !== MAGIC) throw new Error(`${path}: not a write log`);
    const sector = head.readUInt32LE(24);
    const writes: LoggedWrite[] = [];
    for (let at = sector; at + sector <= size; ) {
      const write = readEntry(await readAt(file, at, 32), at, sector);
      at = write === undefined ? at + sector : write.data + write.bytes;
      if (write === undefined) continue;
      writes.push(write);
      if (at > size) throw new Error(`${path}: ends within the entry at ${write.data - sector}`);
    }
    return writes;
  } finally {
    await file.close();
  }
}

/**
 * One entry from its first bytes. Undefined where there are zeros: an entry has its place before it is
 * written, all at once, so that one under way when QEMU was stopped is a hole.
 */
function readEntry(entry: Buffer, at: number, sector: number): LoggedWrite | undefined {
  const [place = 0, length = 0] = [0, 8].map((field) => Number(entry.readBigUInt64LE(field)));
  const flags = entry.readBigUInt64LE(16);
  if (length === 0 && flags === 0n) return undefined;
  return {
    data: at + sector,
    place: place * sector,
    // Discards have no data; what a discarded place reads as is not certain.
    bytes: (flags & DISCARD) === 0n ? length * sector : 0,
    flush: (flags & FLUSH) !== 0n,
    fua: (flags & FUA) !== 0n,
  };
}

/**
 * Brings an image to what its disk holds when the power goes: everything up to the last flush, and of
 * what came after, the pieces that `keep` says.
 */
export async function applyCut(log: string, image: string, keep: () => boolean): Promise<Cut> {
  const writes = await readWriteLog(log);
  const lastFlush = writes.findLastIndex(({ flush }) => flush);
  let [unsafe, lost] = [0, 0];
  await withFiles(log, image, async (copy) => {
    for (const [index, write] of writes.entries()) {
      const safe = index < lastFlush || write.fua;
      for (const piece of pieces(write)) {
        if (!safe) unsafe += 1;
        if (safe || keep()) await copy(piece);
        else lost += 1;
      }
    }
  });
  return { flushes: writes.filter(({ flush }) => flush).length, unsafe, lost };
}

/**
 * Brings an image from each flush to the next, and calls `visit` at each: what the disk is sure to hold.
 * @returns how many there were
 */
export async function visitFlushes(log: string, image: string, visit: () => Promise<unknown>) {
  let flushes = 0;
  await withFiles(log, image, async (copy) => {
    for (const write of await readWriteLog(log)) {
      if (write.flush) {
        flushes += 1;
        await visit();
      }
      for (const piece of pieces(write)) await copy(piece);
    }
  });
  return flushes;
}

interface Piece {
  /** In the log. */
  readonly from: number;
  /** On the disk. */
  readonly at: number;
  readonly length: number;
}

async function withFiles(
  log: string,
  image: string,
  work: (copy: (piece: Piece) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const [source, target] = [await open(log), await open(image, 'r+')];
  try {
    await work(async ({ from, at, length }) =>
      target.write(await readAt(source, from, length), 0, length, at),
    );
  } finally {
    await source.close();
    await target.close();
  }
}

function* pieces({ data, place, bytes }: LoggedWrite): Generator<Piece> {
  for (let at = place; at < place + bytes; ) {
    const length = Math.min(PIECE - (at % PIECE), place + bytes - at);
    yield { from: data + at - place, at, length };
    at += length;
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw new Error(`unexpected end of file at ${at + bytesRead}`);
  return buffer;
}
