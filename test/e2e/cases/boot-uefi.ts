// OVMF's own PXE: snponly.efi from our TFTP, then boot.ipxe.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { awaitGuest } from '../boot.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { sayIpxe } from '../ipxe.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { checkStarts } from '../one-start.ts';
import type { Scene } from '../scene.ts';

export async function bootUefi(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  await sayIpxe(join(dist, 'tftp'));
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, { firmware: 'uefi', mac: NODE.mac });
  await machine.console.waitFor(/NBP filename is snponly\.efi/, 90);
  const seconds = await awaitGuest(scene, machine);
  assert.match(machine.console.text, /NBP file downloaded successfully/);
  checkStarts(machine.console.text, 1);
  return seconds;
}
