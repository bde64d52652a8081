// Genesis' TFTP answers and its HTTP does not: the machine boots its disk within a bound.
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT, NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

/** Seconds within which our scripts must give up asking over HTTP. */
const GIVE_UP = 60;
/** Seconds that the firmware may then take: OVMF tries its own HTTP boot before the disk. */
const FIRMWARE = { bios: 15, uefi: 240 } as const;

export async function genesisOff(scene: Scene, firmware: Firmware): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  // The whole server, but its HTTP is where no machine asks.
  await serveDist(scene, lan, dist, HTTP_PORT + 1);
  await startDhcp(scene, lan);
  const disk = await makeLocalDisk(scene, firmware);
  const machine = await powerOn(scene, lan, { firmware, mac: NODE.mac, disk });
  const asked = await machine.console.waitFor(/HomePBP: asking http:\S+ \(attempt 1 of \d\)/, 120);
  const given = await machine.console.waitFor(/booting the local disk/, GIVE_UP, asked.end);
  const local = await machine.console.waitFor(
    new RegExp(LOCAL_DISK[firmware]),
    FIRMWARE[firmware],
    given.end,
  );
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}
