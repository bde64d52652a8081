// Disks for tests of the disk programs: sparse files behind loop devices, shown to the programs as
// /sys/block/sda and so on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeKernel, type TrialKernel } from './kernel.trial.ts';
import { GIB, hashOf, type Outcome, prepare, run, type Wishes } from './prepare.trial.ts';

/** statfs(2). */
const TMPFS = 0x01021994;

/** Why these tests cannot run here; false where they can. Where all tools must be there, they must. */
export const SKIP_LOOP = ((): string | false => {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root, for loop devices';
  const tools = [
    'unshare',
    'losetup',
    'partx',
    'sfdisk',
    'mke2fs',
    'mkfs.vfat',
    'wipefs',
    'blkid',
    'e2fsck',
  ];
  const missing = tools.filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  );
  const loop = spawnSync('losetup', ['-f']).status === 0;
  if (missing.length === 0 && loop) return false;
  const why = loop ? `needs ${missing.join(' ')}` : 'needs loop devices';
  if (process.env.HOMEPBP_REQUIRE_TOOLS === '1') throw new Error(why);
  return why;
})();

export interface TrialDisk {
  /** What the programs call it. */
  readonly name: string;
  /** The file behind it. */
  readonly image: string;
  /** Its loop device. */
  readonly device: string;
  /** The device file of a partition. */
  part(number: number): string;
  /** The names in its GPT, in order. */
  names(): string[];
  /** Has the trial's kernel read its table. */
  reread(): void;
  /** Everything on it that is not a hole, hashed; with how much was written to its device. */
  hash(): string;
  /** What the kernel says of it, such as `removable`. */
  attribute(name: string, value: string): void;
}

export interface AddOptions {
  readonly bytes?: number;
  readonly sector?: number;
  /** An image to be a copy of. */
  readonly like?: string;
}

export interface Trial {
  readonly folder: string;
  add(name: string, options?: AddOptions): TrialDisk;
  /** Runs payload/disk/prepare. */
  prepare(wishes?: Wishes): Outcome;
  /** Lets its devices go; the end of the test does too. */
  close(): void;
}

/** Images are in memory where there is room for them: none outlives the tests. */
const IMAGES = ((): string => {
  const shared = '/dev/shm';
  if (!existsSync(shared)) return tmpdir();
  const { type, bavail, bsize } = statfsSync(shared);
  return type === TMPFS && bavail * bsize > 4 * GIB ? shared : tmpdir();
})();

/** Opens a trial; all its devices go when the test ends. */
export function openTrial(t: TestContext): Trial {
  const trial = newTrial();
  t.after(() => trial.close());
  return trial;
}

/** The image of a disk of node-a's, made once. */
export function madeImage(sector = 512): string {
  const kept = MADE.get(sector);
  if (kept !== undefined) return kept;
  const folder = mkdtempSync(join(IMAGES, 'homepbp-made-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const image = join(folder, 'image');
  const trial = newTrial();
  try {
    const disk = trial.add('sda', { sector });
    assertUsed(trial.prepare(), disk);
    disk.hash();
    copySparse(disk.image, image);
  } finally {
    trial.close();
  }
  MADE.set(sector, image);
  return image;
}

const MADE = new Map<number, string>();

function copySparse(from: string, to: string): void {
  run('cp', ['--sparse=always', from, to]);
}

function newTrial(): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-disk-'));
  const images = mkdtempSync(join(IMAGES, 'homepbp-images-'));
  const devices: string[] = [];
  const close = () => {
    for (const device of devices.splice(0)) {
      spawnSync('partx', ['-d', device]);
      spawnSync('losetup', ['-d', device]);
    }
    for (const one of [folder, images]) rmSync(one, { recursive: true, force: true });
  };
  mkdirSync(join(folder, 'run'));
  const kernel = makeKernel(folder);
  return {
    folder,
    close,
    add(name, { bytes = 4 * GIB, sector = 512, like } = {}) {
      const image = join(images, name);
      if (like === undefined) writeFileSync(image, '');
      else copySparse(like, image);
      truncateSync(image, bytes);
      const words = ['-f', '--show', '--sector-size', String(sector), image];
      const device = run('losetup', words).trim();
      devices.push(device);
      const disk = trialDisk({ name, device, image, bytes, kernel });
      disk.reread();
      return disk;
    },
    // In a mount namespace of its own: programs started by other tests would hold copies of them.
    prepare: (wishes) => prepare(kernel, folder, wishes, ['unshare', '--mount']),
  };
}

interface Made {
  readonly name: string;
  readonly device: string;
  readonly image: string;
  readonly bytes: number;
  readonly kernel: TrialKernel;
}

function trialDisk({ name, device, image, bytes, kernel }: Made): TrialDisk {
  return {
    name,
    image,
    device,
    attribute: kernel.show(name, device, bytes),
    part: (number) => `${device}p${number}`,
    reread: () => kernel.reread(device),
    names: () =>
      [...run('sfdisk', ['-d', device]).matchAll(/name="([^"]*)"/g)].map(([, one = '']) => one),
    hash() {
      kernel.sync();
      // Of the block layer's counters: https://docs.kernel.org/block/stat.html
      const stat = readFileSync(`/sys/block/${device.slice(5)}/stat`, 'utf8').trim();
      return `${hashOf(image)} after ${stat.split(/ +/)[6]} sectors written`;
    },
  };
}

/** What is in a file of a partition's ext4, read without mounting it. */
export function catFrom(device: string, path: string): string {
  return run('debugfs', ['-R', `cat ${path}`, device]);
}

/** @throws unless the outcome is that this disk is used, whole */
export function assertUsed(outcome: Outcome, disk: TrialDisk): void {
  const part = (number: number) => disk.part(number).slice('/dev/'.length);
  assert.equal(outcome.result, `use ${disk.name} ${part(4)} ${part(3)} ${part(1)}`, outcome.said);
  assert.deepEqual(disk.names(), ['HOMEPBP_ESP', 'HOMEPBP_BIOS', 'HOMEPBP_BOOT', 'HOMEPBP_STATE']);
}
