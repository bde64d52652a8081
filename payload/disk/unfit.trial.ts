// Disks that are never taken by themselves: the same tests on files and on loop devices.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GIB, type Outcome, type Wishes } from './prepare.trial.ts';

export interface AnyDisk {
  hash(): string;
  attribute(name: string, value: string): void;
}

export interface AnyTrial<Disk extends AnyDisk> {
  readonly folder: string;
  add(name: string): Disk;
  prepare(wishes?: Wishes): Outcome;
}

/** What the kernel says of such a disk. */
const ATTRIBUTES = [
  ['removable', 'removable', '1'],
  ['read-only', 'ro', '1'],
  ['a memory card', 'device/type', 'SD'],
  ['one path of a multipath disk', 'hidden', '1'],
  ['too small', 'size', String((3 * GIB) / 512)],
] as const;

/** Where it is in /sys. */
const PLACES = [
  ['on USB', 'devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host2/target2:0:0/2:0:0:0/block'],
  ['on the network', 'devices/platform/host3/session1/target3:0:0/3:0:0:1/block'],
  ['on the network', 'devices/pci0000:00/0000:00:03.0/host4/rport-4:0-1/target4:0:0/block'],
  ['on the network', 'devices/virtual/nvme-fabrics/ctl/nvme1'],
] as const;

/**
 * Declares a test for each kind of disk that is refused, and not written.
 * @param then what else must hold of one that is refused because of where it is
 */
export function testUnfitDisks<Disk extends AnyDisk>(
  open: (t: TestContext) => AnyTrial<Disk>,
  then: (trial: AnyTrial<Disk>, disk: Disk) => void = () => {},
): void {
  for (const [what, file, value] of ATTRIBUTES) {
    test(`never one that is ${what}`, (t) => {
      const trial = open(t);
      const disk = trial.add('sda');
      disk.attribute(file, value);
      const before = disk.hash();
      const { result } = trial.prepare();
      assert.match(result, new RegExp(`^refuse this node has no disk, .*; sda: it is ${what}`));
      assert.equal(disk.hash(), before);
    });
  }
  for (const [what, path] of PLACES) {
    test(`never one that is ${what} (${path.split('/')[3]}), unless it is named`, (t) => {
      const trial = open(t);
      const disk = trial.add('sda');
      const sys = join(trial.folder, 'sys');
      mkdirSync(join(sys, path), { recursive: true });
      renameSync(join(sys, 'block/sda'), join(sys, path, 'sda'));
      symlinkSync(join('..', path, 'sda'), join(sys, 'block/sda'));
      const before = disk.hash();
      assert.match(trial.prepare().result, new RegExp(`; sda: it is ${what}$`));
      assert.equal(disk.hash(), before);
      then(trial, disk);
    });
  }
}
