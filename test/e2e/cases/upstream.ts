// Nothing of the operating system is on Genesis: kernel, initrd, root, modules and firmware come from
// the URLs in media.lock.json, which a stand-in for the publishers serves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { kernelVersion } from '../../../fetch/sources/ubuntu/kernel-version.ts';
import { awaitGuest } from '../boot.ts';
import { blankDisk } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, serveDist } from '../genesis.ts';
import type { TestImage } from '../image.ts';
import { inventoryText, NODE } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { startNginx } from '../nginx.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const PUBLISHER_PORT = 8889;
const OS = 'os/20.04-amd64';

export async function upstream(scene: Scene): Promise<number> {
  const publisher = join(scene.scratch, 'publisher');
  await mkdir(publisher);
  const firmware = await packFirmware(scene);
  const lock = await publish(scene.image, firmware, publisher);
  await writeFile(join(scene.scratch, 'media.lock.json'), lock);
  const inventory = inventoryText({ release: '20.04' }, { disk: 'auto' });
  const dist = await buildInventory(scene, inventory);
  const here = await readdir(join(dist, OS));
  assert.deepEqual(here.sort(), ['fetch.list', 'homepbp.cpio'], 'nothing else is on Genesis');
  const lan = await openLan(scene);
  await startNginx(scene, lan, publisher, PUBLISHER_PORT);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const disk = await blankDisk(scene);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
  const seconds = await awaitGuest(scene, machine);
  assert.match(machine.console.text, /device firmware is on the disk/);
  assert.doesNotMatch(machine.console.text, /WARNING: .*firmware/);
  return seconds;
}

/** A package as linux-firmware is, but small. */
async function packFirmware(scene: Scene): Promise<string> {
  const folder = join(scene.scratch, 'linux-firmware');
  await mkdir(join(folder, 'DEBIAN'), { recursive: true });
  await mkdir(join(folder, 'lib/firmware'), { recursive: true });
  const control = 'Package: linux-firmware\nVersion: 1\nArchitecture: all\n';
  const about = 'Maintainer: e2e <e2e@homepbp>\nDescription: firmware of a test\n';
  await writeFile(join(folder, 'DEBIAN/control'), control + about);
  await writeFile(join(folder, 'lib/firmware/e2e.bin'), 'firmware\n');
  const file = join(scene.scratch, 'linux-firmware_1_all.deb');
  await runProgram(['dpkg-deb', '--build', '--root-owner-group', folder, file]);
  return file;
}

/** Puts the image's files into the publisher's folder; gives the lock that names them. */
async function publish(image: TestImage, firmware: string, folder: string): Promise<string> {
  const [modules = ''] = await readdir(image.modules);
  // As fetch does, to find the modules of a kernel that it has only the file of.
  const release = kernelVersion(await readFile(image.kernel))?.release;
  assert.ok(release !== undefined && modules.includes(release), `${release} is not in ${modules}`);
  const sources = {
    vmlinuz: image.kernel,
    initrd: image.initrd,
    'rootfs.squashfs': image.rootfs,
    [`debs/${modules}`]: join(image.modules, modules),
    [`firmware/${basename(firmware)}`]: firmware,
  };
  const entries = Object.entries(sources).map(async ([name, source]) => {
    const file = basename(name);
    await symlink(source, join(folder, file));
    const content = await readFile(source);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const url = `http://${GENESIS}:${PUBLISHER_PORT}/${file}`;
    return [`${OS}/${name}`, { url, size: content.length, sha256 }];
  });
  return JSON.stringify({ version: 1, files: Object.fromEntries(await Promise.all(entries)) });
}
