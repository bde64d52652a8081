// A root image that is not what its hash says is never booted: message, bounded tries, countdown,
// reboot.
import assert from 'node:assert/strict';
import { copyFile, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

export async function badRoot(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  await damage(scene, join(dist, 'os/custom-amd64/rootfs.squashfs'));
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, reboots: 'on' });
  const said = machine.console;
  const given = await said.waitFor(/CANNOT CONTINUE: rootfs\.squashfs has the wrong SHA-256/, 300);
  const counting = await said.waitFor(/rebooting in \d+ s/, 10, given.end);
  const rebooting = await said.waitFor(/homepbp: rebooting\n/, 90, counting.end);
  const again = await said.waitFor(/SeaBIOS|iPXE \(PCI/, 30, rebooting.end);
  await machine.powerOff();
  assert.equal(said.text.match(/rootfs\.squashfs: WRONG SHA-256, download \d of 3/g)?.length, 3);
  assert.doesNotMatch(said.text, /starting it|E2E/);
  return (again.at - machine.poweredOn) / 1000;
}

/** Replaces a served file with a copy that has one wrong byte. */
async function damage(scene: Scene, served: string): Promise<void> {
  await rm(served);
  await copyFile(scene.image.rootfs, served);
  const file = await open(served, 'r+');
  const { size } = await file.stat();
  const at = Math.floor(size / 2);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of((buffer[0] ?? 0) ^ 1), 0, 1, at);
  await file.close();
}
