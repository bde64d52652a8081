// Disks that hold anything are never written.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { madeImage, openTrial, SKIP_LOOP, type Trial, type TrialDisk } from './disks.trial.ts';
import { MIB, OWNERS, put, write } from './owners.trial.ts';

/** Who takes a whole disk, and its sectors: what they leave of a table that was there differs. */
const NEW_OWNERS = [
  ['ext4', 512],
  ['NTFS', 512],
  ['XFS', 512],
  ['btrfs', 512],
  ['FAT', 512],
  ['swap', 512],
  ['swap', 4096],
  ['LVM', 512],
  ['LUKS', 512],
  ['mdraid 1.2', 512],
  ['mdraid 1.2', 4096],
  ['ZFS', 512],
  ['an MBR with a partition', 512],
] as const;

/** @throws unless the disk is neither chosen nor written, also when it is named */
function assertLeftAlone(trial: Trial, disk: TrialDisk, says = BLANK_IS_NEEDED): void {
  const before = disk.hash();
  assert.match(trial.prepare().result, says[0]);
  assert.match(trial.prepare({ disk: disk.device, wipe: 'now' }).result, says[1]);
  assert.equal(disk.hash(), before);
}

const BLANK_IS_NEEDED = [
  /^refuse this node has no disk, and there is no blank one; sda: /,
  /^refuse nodes\.yaml names the disk /,
] as const;
const IS_TAKEN =
  /^refuse sda has HomePBP's partitions, but it holds (swap|zfs_member) gpt: leaving it untouched$/;

describe('a disk that holds', { skip: SKIP_LOOP }, () => {
  for (const what of Object.keys(OWNERS)) {
    test(`${what} is neither chosen nor written, also when it is named`, (t) => {
      const trial = openTrial(t);
      const disk = trial.add('sda');
      if (put(t, what, disk)) assertLeftAlone(trial, disk);
    });
  }
});

describe('a disk that was ours, and holds', { skip: SKIP_LOOP }, () => {
  for (const [what, sector] of NEW_OWNERS) {
    test(`${what} now (sectors of ${sector}) is not ours by its second table`, (t) => {
      const trial = openTrial(t);
      const disk = trial.add('sda', { sector, like: madeImage(sector) });
      if (!put(t, what, disk)) return;
      // What these wrote is beside our table, which the kernel still reads.
      const isBeside = what === 'ZFS' || (what === 'swap' && sector === 4096);
      assertLeftAlone(trial, disk, isBeside ? [IS_TAKEN, IS_TAKEN] : BLANK_IS_NEEDED);
    });
  }

  test('what has no signature is not ours by its second table', (t) => {
    for (const at of [4096, 64 * 1024, 512 * 1024, MIB - 4096]) {
      const trial = openTrial(t);
      const disk = trial.add('sda', { like: madeImage() });
      write(disk, 2 * 512, 16);
      write(disk, at, 4096);
      disk.reread();
      assertLeftAlone(trial, disk);
      trial.close();
    }
  });
});
