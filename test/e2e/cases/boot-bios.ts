// SeaBIOS with an iPXE in its ROM: DHCP sends it straight to boot.ipxe.
import { awaitGuest } from '../boot.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

export async function bootBios(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  return awaitGuest(scene, machine);
}
