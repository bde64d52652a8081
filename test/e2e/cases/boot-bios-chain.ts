// SeaBIOS that knows only TFTP: undionly.kpxe first, and that iPXE then gets boot.ipxe. QEMU's ROM
// is itself an iPXE, which DHCP cannot tell from ours: so the answer changes once it has the file.
import { join } from 'node:path';
import { awaitGuest } from '../boot.ts';
import { startPlainDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { sayIpxe } from '../ipxe.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { checkStarts } from '../one-start.ts';
import type { Scene } from '../scene.ts';

export async function bootBiosChain(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  await sayIpxe(join(dist, 'tftp'));
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  const dhcp = await startPlainDhcp(scene, lan, 'undionly.kpxe');
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  const { end } = await machine.console.waitFor(/tftp:\/\/\S+\/undionly\.kpxe\.\.\./, 60);
  await dhcp.offer('boot.ipxe');
  await machine.console.waitFor(/iPXE initialising devices/, 30, end);
  const seconds = await awaitGuest(scene, machine);
  // The ROM's and the chained one: a third would be a loop.
  checkStarts(machine.console.text, 2);
  return seconds;
}
