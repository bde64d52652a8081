// What Genesis serves is not what it should be, or Genesis is not there at all: the machine ends in its
// own disk, not at a prompt and not in a loop.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

/** What is served in the place of boot.ipxe; nothing serves at all for `gone`. */
const SERVED = {
  'broken script': '#!ipxe\nno-such-command\n',
  'wrong file': '<html><body>Not what you are looking for</body></html>\n',
} as const;

export type Fault = keyof typeof SERVED | 'gone';

/** Seconds from the firmware's first word: BIOS asks TFTP for a while; OVMF has HTTP boot to try too. */
const IN_DISK = { bios: 120, uefi: 300 } as const;

export async function brokenDist(scene: Scene, firmware: Firmware, fault: Fault): Promise<number> {
  const lan = await openLan(scene);
  if (fault !== 'gone') {
    const dist = await buildDist(scene);
    await writeFile(join(dist, 'boot.ipxe'), SERVED[fault]);
    await serveDist(scene, lan, dist);
  }
  await startDhcp(scene, lan);
  const disk = await makeLocalDisk(scene, firmware);
  const machine = await powerOn(scene, lan, { firmware, mac: NODE.mac, disk });
  if (fault !== 'gone') await machine.console.waitFor(/HomePBP: asking http:\S+/, 120);
  const local = await machine.console.waitFor(new RegExp(LOCAL_DISK[firmware]), IN_DISK[firmware]);
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}
