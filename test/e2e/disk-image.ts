// Raw images of disks, as files with holes.
import { createHash } from 'node:crypto';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

export const GB = 1_000_000_000;
export const MIB = 1024 ** 2;
const BLOCK = 65536;

/** A disk that reads as zeros; large enough to be a node's without `bytes`. */
export async function blankDisk(scene: Scene, name = 'disk', bytes = 6144 * MIB): Promise<string> {
  const path = join(scene.scratch, `${name}.img`);
  await writeFile(path, '');
  await truncate(path, bytes);
  return path;
}

/** Puts a wrong checksum into the header of the first GPT (UEFI specification 5.3.2), at sector 1. */
export async function breakFirstTable(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const checksum = Buffer.alloc(4);
  await file.read(checksum, 0, 4, 512 + 16);
  checksum.writeUInt32LE((checksum.readUInt32LE() ^ 1) >>> 0);
  await file.write(checksum, 0, 4, 512 + 16);
  await file.close();
}

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
}

/**
 * SHA-256 over the places and bytes of all blocks that are not zeros; holes cost no time. Where the holes are makes no
 * difference: the host's file system moves their edges as it writes to its disk.
 */
export async function hashOf(path: string): Promise<string> {
  const words = ['qemu-img', 'map', '--image-opts', `driver=raw,file.filename=${path}`];
  const extents: Extent[] = JSON.parse(await runProgram([...words, '--output=json']));
  const hash = createHash('sha256');
  const file = await open(path);
  try {
    const block = Buffer.alloc(BLOCK);
    for (const at of blocksOf(extents)) {
      const { bytesRead } = await file.read(block, 0, BLOCK, at);
      const read = block.subarray(0, bytesRead);
      if (read.some((byte) => byte !== 0)) hash.update(`${at} ${bytesRead}\n`).update(read);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** The places of all blocks that have data, in order, each once. */
function* blocksOf(extents: readonly Extent[]): Generator<number> {
  let next = 0;
  for (const { start, length } of extents.filter(({ data }) => data)) {
    const first = Math.max(next, start - (start % BLOCK));
    for (next = first; next < start + length; next += BLOCK) yield next;
  }
}
