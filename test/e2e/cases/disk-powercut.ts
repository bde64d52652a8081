// The power goes at seeded moments of making the disk, of filling it and of an update: the next boot
// always works, one slot always starts, and nothing that was written to STATE is lost.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDhcp } from '../dnsmasq.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall } from '../small.ts';
import { makeBlankDisk, otherRoot, startWith } from './disk-boot.ts';

/** What the console says when the time to the cut begins; each boot goes on where the last was cut. */
const FIRST_BOOT = [
  /disk: making vda/,
  /disk: making HOMEPBP_BOOT/,
  /disk: making HOMEPBP_STATE|STATE is/,
  /slot a takes/,
  /fetching initrd for the disk/,
  /slot a is whole|boot loader/,
];
const UPDATE = [
  /fetching rootfs/,
  /STATE is/,
  /slot b takes/,
  /slot b takes/,
  /slot b is whole|in slot b/,
  /the root is ready/,
];
/** Milliseconds after the line. */
const LATEST = 1500;
const SEED = 20_261_125;

export async function diskPowercut(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await makeBlankDisk(scene, 3);
  const packages = [scene.image.grub];
  const random = randomFrom(SEED);
  const start = () => powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
  const cut = async (line: RegExp) => {
    const machine = await start();
    const { match } = await machine.console.waitFor(line, 480);
    const delay = Math.floor(random() * LATEST);
    await sleep(delay);
    assert.doesNotMatch(machine.console.text, /CANNOT GO ON|NO STATE|Kernel panic/);
    await machine.kill();
    process.stdout.write(`  cut ${delay} ms after '${match[0]}'\n`);
  };
  const wholeBoot = async (marks: number) => {
    const report = await awaitSmall(scene, await start(), 600);
    assert.equal(report.disk.state, 'mounted', report.text('/run/homepbp/boot.log'));
    assert.equal(report.marks.damaged, 0);
    assert.ok(report.marks.whole >= marks, `${report.marks.whole} marks of ${marks}`);
    return report;
  };
  let genesis = await startWith(scene, lan, scene.image.small, packages);
  for (const line of FIRST_BOOT) await cut(line);
  // Each whole boot leaves a mark before it reports; every later one finds it.
  const { uuid } = (await wholeBoot(1)).disk;
  await genesis.stop();
  genesis = await startWith(scene, lan, await otherRoot(scene), packages);
  for (const [index, line] of UPDATE.entries()) {
    await cut(line);
    // Without Genesis, in the middle of the update.
    if (index === 2) {
      await genesis.stop();
      const report = await wholeBoot(2);
      assert.match(report.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=disk$/m);
      genesis = await startWith(scene, lan, await otherRoot(scene), packages);
    }
  }
  await genesis.stop();
  const last = await wholeBoot(3);
  assert.match(last.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=disk$/m);
  assert.equal(last.disk.uuid, uuid);
  return last.seconds;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
