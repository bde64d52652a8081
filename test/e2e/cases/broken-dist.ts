// What Genesis serves is not what it should be, or Genesis is not there at all: the machine ends in its
// own disk, not at a prompt and not in a loop.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { type Machine, powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

/** What is served in the place of boot.ipxe; nothing serves at all for `gone`. */
const SERVED = {
  'broken script': '#!ipxe\nno-such-command\n',
  'wrong file': '<html><body>Not what you are looking for</body></html>\n',
} as const;

export type Fault = keyof typeof SERVED | 'gone';

/** Seconds from power-on to the disk, and of our own script. */
const IN_DISK = 60;

export async function brokenDist(scene: Scene, firmware: Firmware, fault: Fault): Promise<number> {
  const lan = await openLan(scene);
  if (fault !== 'gone') {
    const dist = await buildDist(scene);
    await writeFile(join(dist, 'boot.ipxe'), SERVED[fault]);
    await serveDist(scene, lan, dist);
  }
  await startDhcp(scene, lan);
  const disk = await makeLocalDisk(scene, firmware);
  const order = 'PXE, disk';
  const machine = await powerOn(scene, lan, { firmware, mac: NODE.mac, disk, order });
  if (fault !== 'gone') await watchScript(machine);
  const local = await machine.console.waitFor(new RegExp(LOCAL_DISK[firmware]), IN_DISK);
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}

/** Our script asks three times, says so, and leaves for the disk by itself. */
async function watchScript({ console, poweredOn }: Machine): Promise<void> {
  const asked = await console.waitFor(/HomePBP: asking http:\S+ \(attempt 1 of 3\)/, 120);
  const left = await console.waitFor(/HomePBP: booting the local disk/, IN_DISK, asked.end);
  const between = console.text.slice(asked.end, left.end);
  assert.match(between, /\(attempt 3 of 3\)[\s\S]*HomePBP: no script that runs at http/);
  const [from, to] = [asked, left].map(({ at }) => ((at - poweredOn) / 1000).toFixed(1));
  process.stdout.write(`  our script ran from ${from} s to ${to} s\n`);
}
