// For tests: files instead of disks, for what the disk program does before it needs a partition.
// The program finds `/dev/` + a name of the kernel's; here that name leads to the file.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeKernel } from './kernel.trial.ts';
import { GIB, hashOf, type Outcome, prepare, type Wishes } from './prepare.trial.ts';

const TOOLS = ['sfdisk', 'blkid', 'wipefs', 'mke2fs', 'e2fsck', 'debugfs', 'mkfs.vfat', 'flock'];

// Not in every user's PATH.
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Why these tests cannot run here; false where they can. */
export const SKIP_FILES = ((): string | false => {
  if (process.platform !== 'linux') return 'needs Linux';
  const missing = TOOLS.filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  );
  if (missing.length === 0) return false;
  const why = `needs ${missing.join(' ')}`;
  if (process.env.HOMEPBP_REQUIRE_TOOLS === '1') throw new Error(why);
  return why;
})();

export interface FileDisk {
  /** What the programs call it, and the path by which they open it. */
  readonly name: string;
  readonly device: string;
  /** Plays the kernel's part: the partitions of its table are in /sys, without their names. */
  reread(): void;
  hash(): string;
  /** What the kernel says of it, such as `removable`. */
  attribute(name: string, value: string): void;
}

export interface FileTrial {
  readonly folder: string;
  add(name: string, bytes?: number): FileDisk;
  /** Runs payload/disk/prepare. */
  prepare(wishes?: Wishes): Outcome;
}

/** Opens a trial; all its files go when the test ends. */
export function openFiles(t: TestContext): FileTrial {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'run'));
  const kernel = makeKernel(folder, '#!/bin/sh\n');
  return {
    folder,
    add(name, bytes = 4 * GIB) {
      const image = join(folder, `${name}.img`);
      writeFileSync(image, '');
      truncateSync(image, bytes);
      const device = `/dev/..${image}`;
      const attribute = kernel.show(name, device, bytes);
      const reread = () => showPartitions(join(folder, 'sys/block', name), image);
      return { name, device, attribute, hash: () => hashOf(image), reread };
    },
    prepare: (wishes) => prepare(kernel, folder, wishes),
  };
}

function showPartitions(place: string, image: string): void {
  const { stdout } = spawnSync('sfdisk', ['-d', image], { encoding: 'utf8' });
  for (const [, number = ''] of stdout.matchAll(/^\S+?(\d+) : start=/gm)) {
    const part = join(place, `part${number}`);
    mkdirSync(part);
    writeFileSync(join(part, 'partition'), `${number}\n`);
    writeFileSync(join(part, 'uevent'), '');
  }
}
