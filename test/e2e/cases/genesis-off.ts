// Genesis' TFTP answers and its HTTP does not: the machine boots its disk within a bound.
import { join } from 'node:path';
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT, NODE } from '../inventory.ts';
import { GENESIS, type Lan, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

/** Seconds within which our scripts must give up asking over HTTP. */
const GIVE_UP = 60;
/** Seconds that the firmware may then take: OVMF tries its own HTTP boot before the disk. */
const FIRMWARE = { bios: 15, uefi: 240 } as const;

/** How Genesis' HTTP fails: nothing listens, or something takes the connection and says nothing. */
export type Failure = 'refuses' | 'is silent';

export async function genesisOff(
  scene: Scene,
  firmware: Firmware,
  failure: Failure,
): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  // The whole server, but its HTTP is where no machine asks.
  await serveDist(scene, lan, dist, HTTP_PORT + 1);
  if (failure === 'is silent') await listenSilently(scene, lan);
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

/** A server at Genesis' HTTP address that takes connections and never answers. */
async function listenSilently(scene: Scene, lan: Lan): Promise<void> {
  const code = `require('node:net').createServer().listen(${HTTP_PORT}, '${GENESIS}', () => console.log('listening'))`;
  const words = lan.inside([process.execPath, '-e', code]);
  const server = startProgram('silent server', words, join(scene.logs, 'silent.log'));
  scene.defer(() => server.stop());
  await server.said.waitFor(/listening/, 10);
}
