// What the machines of a shelf run where there is no k3s: the test image, with k3s' stand-in locked and at
// hand as a fetched k3s would be.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startableOs } from '../inventory.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

/** The version that the stand-in goes by. */
export const STAND_IN_VERSION = 'v1.35.7+k3s1';
const STAND_IN = join(import.meta.dirname, '..', '..', 'k3s-stand-in');
const RECIPE = join(import.meta.dirname, '..', 'shelf-root', 'recipe.sh');

/** Makes the root that they boot and puts the stand-in into media/; gives the inventory's `os`. */
export async function standInOs(scene: Scene) {
  const root = await shelfRoot(scene);
  await lockStandIn(scene);
  return startableOs(scene.scratch, scene.image, root, [scene.image.grub]);
}

/** The test image's root with an etcd; gives the squashfs. */
export async function shelfRoot(scene: Scene): Promise<string> {
  const root = join(scene.scratch, 'shelf.squashfs');
  await runProgram(['sh', RECIPE, root, scene.image.rootfs], { seconds: 300 });
  return root;
}

/** One file that runs as `k3s` does. */
export async function packStandIn(scene: Scene): Promise<string> {
  const source = join(scene.scratch, 'k3s-stand-in');
  const file = join(scene.scratch, 'k3s');
  await cp(STAND_IN, source, { recursive: true });
  await rename(join(source, 'k3s'), join(source, '__main__.py'));
  const python = '/usr/bin/env python3';
  await runProgram(['python3', '-m', 'zipapp', source, '--output', file, '--python', python]);
  return file;
}

/** Puts it into media/ and into media.lock.json. */
async function lockStandIn(scene: Scene): Promise<void> {
  const path = `k3s/${STAND_IN_VERSION}/k3s-amd64`;
  const file = join(scene.scratch, 'media', path);
  await mkdir(dirname(file), { recursive: true });
  await rename(await packStandIn(scene), file);
  const bytes = await readFile(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const url = 'http://k3s.invalid/k3s';
  const locked = { url, size: bytes.length, sha256, version: STAND_IN_VERSION };
  const lock = { version: 1, files: { [path]: locked } };
  await writeFile(join(scene.scratch, 'media.lock.json'), JSON.stringify(lock));
}
