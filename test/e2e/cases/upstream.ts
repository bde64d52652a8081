// Nothing of the operating system is on Genesis: kernel, initrd, root and modules come from the
// URLs in media.lock.json, which a stand-in for the publishers serves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kernelVersion } from '../../../fetch/sources/ubuntu/kernel-version.ts';
import { awaitGuest } from '../boot.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, serveDist } from '../genesis.ts';
import type { TestImage } from '../image.ts';
import { inventoryText, NODE } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { startNginx } from '../nginx.ts';
import type { Scene } from '../scene.ts';

const PUBLISHER_PORT = 8889;
const OS = 'os/20.04-amd64';

export async function upstream(scene: Scene): Promise<number> {
  const publisher = join(scene.scratch, 'publisher');
  await mkdir(publisher);
  await writeFile(join(scene.scratch, 'media.lock.json'), await publish(scene.image, publisher));
  const dist = await buildInventory(scene, inventoryText({ release: '20.04' }));
  assert.deepEqual(await readdir(join(dist, OS)), ['fetch.list'], 'nothing is on Genesis');
  const lan = await openLan(scene);
  await startNginx(scene, lan, publisher, PUBLISHER_PORT);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  return awaitGuest(scene, machine);
}

/** Puts the image's files into the publisher's folder; gives the lock that names them. */
async function publish(image: TestImage, folder: string): Promise<string> {
  const [modules = ''] = await readdir(image.modules);
  // As fetch does, to find the modules of a kernel that it has only the file of.
  const release = kernelVersion(await readFile(image.kernel))?.release;
  assert.ok(release !== undefined && modules.includes(release), `${release} is not in ${modules}`);
  const sources = {
    vmlinuz: image.kernel,
    initrd: image.initrd,
    'rootfs.squashfs': image.rootfs,
    [`debs/${modules}`]: join(image.modules, modules),
  };
  const entries = Object.entries(sources).map(async ([name, source]) => {
    const file = name.replace('debs/', '');
    await symlink(source, join(folder, file));
    const content = await readFile(source);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const url = `http://${GENESIS}:${PUBLISHER_PORT}/${file}`;
    return [`${OS}/${name}`, { url, size: content.length, sha256 }];
  });
  return JSON.stringify({ version: 1, files: Object.fromEntries(await Promise.all(entries)) });
}
