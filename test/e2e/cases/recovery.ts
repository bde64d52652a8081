// Recovery, by nodes.yaml and by GRUB's menu without Genesis: a system in RAM that says what it is,
// starts nothing for the cluster, and does not change one byte of the disk.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, startServe } from '../genesis.ts';
import { inventoryText, NODE, startableOs } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall, type SmallReport } from '../small.ts';
import { makeBlankDisk, startWith } from './disk-boot.ts';

export async function recovery(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await makeBlankDisk(scene);
  const boot = async () => {
    const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
    return awaitSmall(scene, machine, 600);
  };
  let genesis = await startWith(scene, lan, scene.image.small, [scene.image.grub]);
  await boot();
  await genesis.stop();
  const before = await hashOf(disk);

  const os = startableOs(scene.scratch, scene.image, scene.image.small, [scene.image.grub]);
  const settings = { disk: 'auto', role: 'server', boot: 'recovery' };
  genesis = await startServe(scene, lan, await buildInventory(scene, inventoryText(os, settings)));
  const byNetwork = await boot();
  checkRecovery(byNetwork);
  assert.match(byNetwork.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=network$/m);
  assert.equal(await hashOf(disk), before, 'the disk as it was, after recovery over the network');
  await genesis.stop();

  await chooseRecovery(scene, disk);
  const chosen = await hashOf(disk);
  const byMenu = await boot();
  checkRecovery(byMenu);
  assert.match(byMenu.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=disk$/m);
  assert.equal(await hashOf(disk), chosen, 'the disk as it was, after recovery by the menu');
  return byMenu.seconds;
}

function checkRecovery(report: SmallReport): void {
  const mounts = report.text('/proc/mounts');
  assert.doesNotMatch(mounts, /^\/dev\/(vd|loop\d+ \/run\/homepbp\/boot)/m);
  assert.doesNotMatch(mounts, / \/run\/homepbp\/(boot|state) /);
  assert.equal(report.disk.state, 'none');
  for (const file of ['/etc/motd', '/etc/issue'])
    assert.match(report.text(file), /HomePBP: RECOVERY/);
  for (const unit of ['k3s.service', 'homepbp-join.service', 'homepbp-booted.service']) {
    assert.match(report.text('masked'), new RegExp(`/${unit}$`, 'm'));
  }
  assert.deepEqual(report.marks, { whole: 0, damaged: 0 });
}

/** Makes recovery what the menu starts by itself: the choice that somebody at the screen has. */
async function chooseRecovery(scene: Scene, disk: string): Promise<void> {
  const table: { partitiontable: { partitions: { name: string; start: number }[] } } = JSON.parse(
    await runProgram(['sfdisk', '--json', disk]),
  );
  const start = table.partitiontable.partitions.find(({ name }) => name === 'HOMEPBP_BOOT')?.start;
  assert.ok(start !== undefined);
  const folder = join(scene.scratch, 'boot');
  await mkdir(folder);
  await runProgram(['mount', '-o', `loop,offset=${start * 512}`, disk, folder]);
  try {
    const menu = join(folder, 'grub/grub.cfg');
    const text = await readFile(menu, 'utf8');
    await writeFile(menu, text.replace('set default=auto', 'set default=recovery'));
    await runProgram(['mount', '-o', 'remount,ro', folder]);
  } finally {
    await runProgram(['umount', folder]);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
