// Disks for tests of the disk programs: sparse files behind loop devices, shown to the programs as
// /sys/block/sda and so on.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeKernel, noApplets, type TrialKernel } from './trial-kernel.ts';

const PREPARE = join(import.meta.dirname, 'prepare');
export const GIB = 1024 ** 3;

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

/** A hash over the blocks of a file that are not all zeros, whatever its holes. */
const HASH = `import hashlib, os, sys
fd, block, at, total = os.open(sys.argv[1], os.O_RDONLY), 65536, 0, hashlib.sha256()
while True:
    try:
        at = os.lseek(fd, at, os.SEEK_DATA) // block * block
    except OSError:
        break
    data = os.pread(fd, block, at)
    if data.strip(b"\\0"):
        total.update(b"%d " % at + data)
    at += block
print(total.hexdigest())
`;

export interface TrialDisk {
  /** What the programs call it. */
  readonly name: string;
  /** Its loop device. */
  readonly device: string;
  /** The device file of a partition. */
  part(number: number): string;
  /** The names in its GPT, in order. */
  names(): string[];
  /** Has the trial's kernel read its table. */
  reread(): void;
  /** Everything on it that is not a hole, hashed; with how many writes its device has had. */
  hash(): string;
  /** What the kernel says of it, such as `removable`. */
  attribute(name: string, value: string): void;
}

export interface Outcome {
  readonly status: number | null;
  readonly said: string;
  /** The last word: `use …` or `refuse …`; empty when it came to none. */
  readonly result: string;
}

export interface Wishes {
  readonly node?: string;
  readonly disk?: string;
  readonly wipe?: string;
  readonly shell?: readonly string[];
  /** Put before PATH. */
  readonly tools?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Trial {
  readonly folder: string;
  add(name: string, options?: { bytes?: number; sector?: number; like?: TrialDisk }): TrialDisk;
  /** Runs payload/disk/prepare. */
  prepare(wishes?: Wishes): Outcome;
  /** Lets its devices go; the end of the test does too. */
  close(): void;
}

/** Opens a trial; all its devices go when the test ends. */
export function openTrial(t: TestContext): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-disk-'));
  const devices: string[] = [];
  const close = () => {
    for (const device of devices.splice(0)) {
      spawnSync('partx', ['-d', device]);
      spawnSync('losetup', ['-d', device]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  t.after(close);
  mkdirSync(join(folder, 'run'));
  const kernel = makeKernel(folder);
  return {
    folder,
    close,
    add(name, { bytes = 4 * GIB, sector = 512, like } = {}) {
      const image = join(folder, `${name}.img`);
      if (like === undefined) writeFileSync(image, '');
      else run('cp', ['--sparse=always', join(folder, `${like.name}.img`), image]);
      truncateSync(image, bytes);
      const words = ['-f', '--show', '--sector-size', String(sector), image];
      const device = run('losetup', words).trim();
      devices.push(device);
      const disk = trialDisk({ name, device, image, bytes, kernel });
      disk.reread();
      return disk;
    },
    prepare({
      node = 'node-a',
      disk = 'auto',
      wipe = '',
      shell = ['sh'],
      tools: more,
      env: own,
    } = {}) {
      const result = join(folder, 'run/result');
      rmSync(result, { force: true });
      const wishes = { NODE: node, DISK: disk, WIPE: wipe, RESULT: result, BOOT_IN_USE: '' };
      const path = more === undefined ? `${kernel.env.PATH}` : `${more}:${kernel.env.PATH}`;
      const [program = 'sh', ...words] = shell;
      const script = `${program === 'busybox' ? noApplets(path) : ''}export MAIN=$$; . "$0"`;
      // In mounts of its own: what other tests start meanwhile would hold copies of them.
      const all = ['--mount', program, ...words, '-c', script, PREPARE];
      const done = spawnSync('unshare', all, {
        encoding: 'utf8',
        timeout: 120_000,
        env: { ...kernel.env, PATH: path, SETTLED_AT: '0', LATE_DISKS: '0', ...wishes, ...own },
      });
      const last = existsSync(result) ? readFileSync(result, 'utf8').trim() : '';
      return { status: done.status, said: done.stdout + done.stderr, result: last };
    },
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
    device,
    attribute: kernel.show(name, device, bytes),
    part: (number) => `${device}p${number}`,
    reread: () => kernel.reread(device),
    names: () =>
      [...run('sfdisk', ['-d', device]).matchAll(/name="([^"]*)"/g)].map(([, one = '']) => one),
    hash() {
      run('sync', []);
      const writes = readFileSync(`/sys/block/${device.slice(5)}/stat`, 'utf8')
        .trim()
        .split(/ +/)[4];
      return `${run('python3', ['-c', HASH, image]).trim()} after ${writes} writes`;
    },
  };
}

/** Runs a program and gives what it printed. */
export function run(program: string, words: readonly string[], env = process.env): string {
  return execFileSync(program, words, {
    encoding: 'utf8',
    timeout: 60_000,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
