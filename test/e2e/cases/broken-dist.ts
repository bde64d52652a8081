// Genesis serves something wrong, or is not there at all: the machine ends up booting its own disk, not at
// a prompt and not in a loop.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT, NODE } from '../inventory.ts';
import { GENESIS, type Lan, openLan } from '../lan.ts';
import { type Machine, powerOn } from '../machine.ts';
import { startNginx } from '../nginx.ts';
import type { Scene } from '../scene.ts';

const PAGE = '<html><body>Not what you are looking for</body></html>\n';

/** What is served instead of boot.ipxe; for `gone` there is no server at all. */
const SERVED = {
  'broken script': '#!ipxe\nno-such-command\n',
  'wrong file': PAGE,
} as const;

/** `page for all`: at Genesis' HTTP address there is a portal. */
export type Fault = keyof typeof SERVED | 'page for all' | 'gone';

/** What our script says before it leaves for the disk. */
const SAYS: Readonly<Record<Exclude<Fault, 'gone'>, RegExp>> = {
  'broken script': /no working boot script at http/,
  'wrong file': /no working boot script at http/,
  'page for all': /http:\S+ has a page for every name/,
};

/** Seconds from power-on to the disk, and of our own script. */
const IN_DISK = 60;

export async function brokenDist(scene: Scene, firmware: Firmware, fault: Fault): Promise<number> {
  const lan = await openLan(scene);
  if (fault !== 'gone') await serveBroken(scene, lan, fault);
  await startDhcp(scene, lan);
  const disk = await makeLocalDisk(scene, firmware);
  const order = 'PXE, disk';
  const machine = await powerOn(scene, lan, { firmware, mac: NODE.mac, disk, order });
  if (fault !== 'gone') await watchScript(machine, SAYS[fault]);
  const local = await machine.console.waitFor(new RegExp(LOCAL_DISK[firmware]), IN_DISK);
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}

async function serveBroken(scene: Scene, lan: Lan, fault: keyof typeof SAYS): Promise<void> {
  const dist = await buildDist(scene);
  if (fault === 'page for all') {
    await serveDist(scene, lan, dist, HTTP_PORT + 1);
    await servePortal(scene, lan);
    return;
  }
  await writeFile(join(dist, 'boot.ipxe'), SERVED[fault]);
  await serveDist(scene, lan, dist);
}

/** Serves its page instead of boot.ipxe, and redirects any other name there. */
async function servePortal(scene: Scene, lan: Lan): Promise<void> {
  const folder = join(scene.scratch, 'portal');
  await mkdir(folder);
  await writeFile(join(folder, 'boot.ipxe'), PAGE);
  await startNginx(
    scene,
    lan,
    folder,
    HTTP_PORT,
    `error_page 404 http://${GENESIS}:${HTTP_PORT}/boot.ipxe;`,
  );
}

/** Our script asks three times, says so, and goes on to the disk on its own. */
async function watchScript({ console, poweredOn }: Machine, says: RegExp): Promise<void> {
  const asked = await console.waitFor(/HomePBP: asking http:\S+ \(attempt 1 of 3\)/, 120);
  const left = await console.waitFor(/HomePBP: booting the local disk/, IN_DISK, asked.end);
  const between = console.text.slice(asked.end, left.end);
  assert.match(between, new RegExp(`\\(attempt 3 of 3\\)[^]*HomePBP: ${says.source}`));
  const [from, to] = [asked, left].map(({ at }) => ((at - poweredOn) / 1000).toFixed(1));
  process.stdout.write(`  our script ran from ${from} s to ${to} s\n`);
}
