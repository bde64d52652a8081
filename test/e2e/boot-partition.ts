// HOMEPBP_BOOT of a raw image, mounted on this host.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

/**
 * Mounts HOMEPBP_BOOT for as long as `work` lasts.
 * @param options of mount, such as `ro,noload`
 * @returns undefined before the partition is made, else what `work` gives
 */
export async function withBoot<T>(
  scene: Scene,
  image: string,
  options: string,
  work: (folder: string) => Promise<T>,
): Promise<T | undefined> {
  const start = await startOfBoot(image);
  if (start === undefined) return undefined;
  const folder = join(scene.scratch, 'boot');
  await mkdir(folder, { recursive: true });
  const where = `loop,offset=${start},${options}`;
  await runProgram(['mount', '-t', 'ext4', '-o', where, image, folder]);
  try {
    return await work(folder);
  } finally {
    await runProgram(['umount', folder]);
  }
}

/** Where HOMEPBP_BOOT begins, in bytes; undefined before it is made. */
async function startOfBoot(image: string): Promise<number | undefined> {
  const dump = await runProgram(['sfdisk', '--json', image]).catch(() => 'null');
  const table: Table | null = JSON.parse(dump);
  const found = table?.partitiontable.partitions?.find(({ name }) => name === 'HOMEPBP_BOOT');
  return found && found.start * 512;
}

interface Table {
  readonly partitiontable: { readonly partitions?: readonly { name?: string; start: number }[] };
}
