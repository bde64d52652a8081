// Genesis with the small root (small-root/), for a node that starts from its own disk afterwards.
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildInventory, startServe } from './genesis.ts';
import { inventoryText, startableOs } from './inventory.ts';
import type { Lan } from './lan.ts';
import type { Running } from './program.ts';
import type { Scene } from './scene.ts';

/** Genesis with the small root, on a node that has a disk. */
export async function startWith(
  scene: Scene,
  lan: Lan,
  rootfs: string,
  packages?: readonly string[],
  settings: object = {},
): Promise<Running> {
  const os = startableOs(scene.scratch, scene.image, rootfs, packages);
  const text = inventoryText(os, { disk: 'auto', role: 'server', ...settings });
  const dist = await buildInventory(scene, text);
  return startServe(scene, lan, dist);
}

/** The same root by another hash: what follows a squashfs image is not looked at. */
export async function otherRoot(scene: Scene): Promise<string> {
  const path = join(scene.scratch, 'other.squashfs');
  await copyFile(scene.image.small, path);
  await appendFile(path, Buffer.alloc(4096, 1));
  return path;
}
