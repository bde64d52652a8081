// The power goes at seeded moments of making the disk, of filling it and of an update. QEMU is killed,
// and of what the guest had not flushed to the disk a seeded part is lost, as a disk's cache loses it
// (cached-disk.ts). After each cut the next boot works, what GRUB would start is whole, and nothing that
// was written to STATE is lost. Not tried: discards, which QEMU cannot log in order.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CachedDisk, cachedDisk } from '../cached-disk.ts';
import { GB } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { NODE } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { type Machine, powerOn } from '../machine.ts';
import type { Running } from '../program.ts';
import type { Scene } from '../scene.ts';
import { slotThatStarts } from '../slots.ts';
import { awaitSmall, type SmallReport } from '../small.ts';
import { otherRoot, startWith } from '../small-genesis.ts';

interface Moment {
  /** What is being done. */
  readonly during: string;
  /** What the console says just before. */
  readonly line: RegExp;
  /** The power goes at most so many milliseconds later, and at least `after`, 0 without it. */
  readonly within: number;
  readonly after?: number;
  /** What follows: a start from the disk without Genesis; else the boot that the next cut ends. */
  readonly next?: 'from disk';
  /** A slot must start at each flush of this boot, too. */
  readonly everyFlush?: true;
}

/** Each boot continues where the previous one was cut off. */
const FIRST_BOOT: readonly Moment[] = [
  { during: 'partitioning', line: /disk: setting up vda/, within: 1500 },
  { during: 'mkfs of BOOT', line: /disk: creating HOMEPBP_BOOT/, within: 2000 },
  { during: 'mkfs of STATE, renaming', line: /disk: creating HOMEPBP_STATE/, within: 5000 },
  { during: 'caching', line: /saving this system to slot a/, within: 4000 },
  { during: 'host keys, slot a', line: /generating this node's SSH host keys/, within: 30_000 },
  {
    during: 'installing GRUB',
    line: /slot a on the disk is (complete|up to date)/,
    within: 10_000,
  },
];
const UPDATE: readonly Moment[] = [
  { during: 'mounting', line: /STATE is/, within: 1500 },
  { during: 'emptying slot b', line: /saving this system to slot b/, within: 1500 },
  {
    during: 'caching the root',
    line: /saving this system to slot b/,
    after: 1500,
    within: 6000,
    next: 'from disk',
  },
  {
    during: 'slot b and pointer',
    line: /persistent folders mounted/,
    within: 5000,
    next: 'from disk',
    everyFlush: true,
  },
  {
    during: 'after the pointer',
    line: /slot b on the disk is (complete|up to date)/,
    within: 3000,
    everyFlush: true,
  },
  { during: 'writing to STATE', line: /E2E small root is up/, within: 3000, next: 'from disk' },
];
const SEED = 20_261_125;

export async function diskPowercut(scene: Scene): Promise<number> {
  const shelf = await openShelf(scene);
  let genesis = await startWith(scene, shelf.lan, scene.image.small, [scene.image.grub]);
  for (const moment of FIRST_BOOT) await shelf.cut(moment);
  const { uuid } = (await shelf.wholeBoot()).disk;
  await genesis.stop();
  const update = await otherRoot(scene);
  const startUpdated = () => startWith(scene, shelf.lan, update, [scene.image.grub]);
  genesis = await startUpdated();
  let last: SmallReport | undefined;
  for (const moment of UPDATE) {
    assert.ok(await shelf.cut(moment), 'a slot starts');
    if (moment.next !== 'from disk') continue;
    genesis = await without(genesis, startUpdated, async () => {
      last = await shelf.wholeBoot('disk');
      assert.match(last.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=disk$/m);
    });
  }
  assert.equal(last?.disk.uuid, uuid);
  assert.match(last?.text('/run/homepbp/boot.env') ?? '', /^HOMEPBP_SLOT=b$/m);
  return last?.seconds ?? 0;
}

/** Genesis is off during `work`. */
async function without(genesis: Running, start: () => Promise<Running>, work: () => Promise<void>) {
  await genesis.stop();
  await work();
  return start();
}

interface Shelf {
  readonly lan: Lan;
  /** Boots, and cuts the power at the moment. @returns the slot that would start now */
  cut(moment: Moment): Promise<'a' | 'b' | undefined>;
  /** Boots to the end; everything that earlier whole boots left on STATE must be there. */
  wholeBoot(first?: 'disk'): Promise<SmallReport>;
}

/** One machine with one disk. */
async function openShelf(scene: Scene): Promise<Shelf> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await cachedDisk(scene, 6 * GB);
  const random = randomFrom(SEED);
  let marks = 0;
  const start = async (first?: 'disk') => {
    const order = first === undefined ? {} : { first };
    const build = { firmware: 'bios', mac: NODE.mac, disks: [await disk.powerOn()] } as const;
    return powerOn(scene, lan, { ...build, ...order });
  };
  return {
    lan,
    async cut(moment) {
      const machine = await start();
      const delay = await cutAt(machine, moment, random);
      if (moment.everyFlush) await checkEveryFlush(scene, disk);
      const lost = await loseCache(disk, random);
      const slot = await slotThatStarts(scene, disk.image);
      tell(`cut ${delay} ms into ${moment.during}: ${lost}; starts ${slot ?? 'nothing yet'}`);
      return slot;
    },
    async wholeBoot(first) {
      const report = await awaitSmall(scene, await start(first), 600);
      const lost = await loseCache(disk, random);
      const { whole, damaged } = report.marks;
      tell(`whole boot (${report.seconds.toFixed(0)} s): ${whole} marks; at its end ${lost}`);
      assert.equal(report.disk.state, 'mounted', report.text('/run/homepbp/boot.log'));
      assert.equal(damaged, 0);
      assert.ok(whole > marks, `${whole} marks after ${marks}`);
      marks = whole;
      return report;
    },
  };
}

/** Any of them could have been the last. */
async function checkEveryFlush(scene: Scene, disk: CachedDisk): Promise<void> {
  const flushes = await disk.visitFlushes(async (image) =>
    assert.ok(await slotThatStarts(scene, image), 'a slot starts'),
  );
  tell(`a slot starts at each of the ${flushes} flushes`);
}

/** Kills the machine at the moment; gives the milliseconds after its line. */
async function cutAt(machine: Machine, moment: Moment, random: () => number) {
  const { line, after = 0, within } = moment;
  await machine.console.waitFor(line, 600);
  const delay = Math.floor(after + random() * (within - after));
  await sleep(delay);
  await machine.kill();
  assert.doesNotMatch(machine.console.text, /CANNOT CONTINUE|NO STATE|Kernel panic/);
  return delay;
}

/** A share of what was not flushed is lost, none or all of it too; says so. */
async function loseCache(disk: CachedDisk, random: () => number): Promise<string> {
  const share = Math.min(1, Math.max(0, random() * 1.5 - 0.25));
  const { flushes, unsafe, lost } = await disk.powerOff(() => random() >= share);
  return `${flushes} flushes, ${lost} of ${unsafe} unflushed pieces lost`;
}

function tell(line: string): void {
  process.stdout.write(`  ${line}\n`);
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
