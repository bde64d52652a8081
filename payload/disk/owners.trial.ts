// What other systems put on a disk.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { GIB, run } from './prepare.trial.ts';

export const MIB = 1024 ** 2;

/** A disk, or a file that stands in for one. */
interface Owned {
  readonly device: string;
  /** Has the trial's kernel read its table. */
  reread(): void;
}

/** What may be on a disk. */
export const OWNERS: Readonly<Record<string, (disk: Owned) => void>> = {
  ext4: ({ device }) => mk(['mke2fs', '-q', '-F', '-t', 'ext4', device]),
  NTFS: ({ device }) => mk(['mkfs.ntfs', '-q', '-Q', '-F', device]),
  XFS: ({ device }) => mk(['mkfs.xfs', '-q', '-f', device]),
  btrfs: ({ device }) => mk(['mkfs.btrfs', '-q', '-f', device]),
  FAT: ({ device }) => mk(['mkfs.vfat', '-I', device]),
  swap: ({ device }) => mk(['mkswap', device]),
  LVM: ({ device }) => mk(['pvcreate', '-q', '-y', '--config', LVM_CONFIG, device]),
  LUKS: ({ device }) =>
    mk([
      'cryptsetup',
      '-q',
      '--pbkdf=pbkdf2',
      '--pbkdf-force-iterations=1000',
      'luksFormat',
      device,
      '/etc/hostname',
    ]),
  'mdraid 0.90, at its end': (disk) => mdraid(disk, 4 * GIB - 65536, 0),
  'mdraid 1.0, at its end': (disk) => mdraid(disk, 4 * GIB - 8192, 1),
  'mdraid 1.2': (disk) => mdraid(disk, 4096, 1),
  ZFS: zfs,
  'an empty GPT': ({ device }) => sfdisk(device, 'label: gpt\n'),
  'a GPT with a partition': ({ device }) => sfdisk(device, 'label: gpt\nsize=64MiB\n'),
  'an MBR with a partition': ({ device }) => sfdisk(device, 'label: dos\nsize=64MiB\n'),
  'noise all over its start, as dm-crypt makes': (disk) => write(disk, 0, 8 * MIB),
  'noise at its very end': (disk) => write(disk, 4 * GIB - 4096, 4096),
  'noise in its middle': (disk) => write(disk, 2 * GIB, 80 * MIB),
  'one byte in its first MiB': (disk) => write(disk, 700_001, 1),
  'one byte in its last MiB': (disk) => write(disk, 4 * GIB - 700_001, 1),
  'our mark, and a file system': (disk) => {
    mk(['mke2fs', '-q', '-t', 'ext4', disk.device]);
    write(disk, 512 * 1024, mark());
  },
  "our mark, and somebody's noise": (disk) => {
    write(disk, 512 * 1024, mark());
    write(disk, 3 * MIB, 4096);
  },
  "our mark, and somebody's partition": (disk) => {
    sfdisk(disk.device, 'label: gpt\nsize=64MiB, name="home"\n');
    write(disk, 512 * 1024, mark());
  },
  'our mark, and noise before it': (disk) => {
    write(disk, 64 * 1024, 4096);
    write(disk, 512 * 1024, mark());
  },
  'our mark, and noise in its middle': (disk) => {
    write(disk, 512 * 1024, mark());
    write(disk, 2 * GIB, 80 * MIB);
  },
  'our mark, and noise in its last MiB': (disk) => {
    write(disk, 512 * 1024, mark());
    write(disk, 4 * GIB - MIB, 4096);
  },
  'our mark, and swap': (disk) => {
    mk(['mkswap', disk.device]);
    write(disk, 512 * 1024, mark());
  },
  'our mark, and two signatures, of which blkid names none': (disk) => {
    twoSignatures(disk);
    write(disk, 512 * 1024, mark());
  },
};

const LVM_CONFIG =
  'devices { use_devicesfile=0 filter=["a|/dev/loop.*|","r|.*|"] } global { use_lvmpolld=0 }';

class Absent extends Error {}

function mk(words: readonly string[]): void {
  const [program = '', ...rest] = words;
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) throw new Absent(program);
  run(program, rest);
}

/** Where each version of the format has its superblock; kernels without md cannot make one. */
function mdraid(disk: Owned, at: number, version: number): void {
  const superblock = Buffer.alloc(4096);
  superblock.writeUInt32LE(0xa92b4efc);
  superblock.writeUInt32LE(version, 4);
  superblock.write('raid-set-uuid-16', 16);
  superblock.writeBigUInt64LE(BigInt(at / 512), 144);
  write(disk, at, superblock);
}

/** There is no zpool here: uberblocks in both labels at each end, as blkid looks for them. */
function zfs(disk: Owned): void {
  const uberblock = Buffer.alloc(1024);
  uberblock.writeBigUInt64LE(0x00bab10cn);
  uberblock.writeBigUInt64LE(5000n, 8);
  for (const label of [0, 256 * 1024, 4 * GIB - 512 * 1024, 4 * GIB - 256 * 1024]) {
    for (let index = 0; index < 8; index += 1)
      write(disk, label + 128 * 1024 + index * 1024, uberblock);
  }
}

/** The superblocks of XFS and of ext4, and nothing else: blkid cannot tell, and prints nothing. */
function twoSignatures(disk: Owned): void {
  mk(['mkfs.xfs', '-q', '-f', disk.device]);
  const xfs = read(disk, 0, 512);
  mk(['mke2fs', '-q', '-F', '-t', 'ext4', disk.device]);
  const ext4 = read(disk, 1024, 1024);
  run('blkdiscard', ['-f', disk.device]);
  write(disk, 0, xfs);
  write(disk, 1024, ext4);
  assert.equal(spawnSync('blkid', ['-p', disk.device]).status, 8, 'ambivalent');
}

function sfdisk(device: string, script: string): void {
  const { status, stderr } = spawnSync('sfdisk', ['-q', '--no-reread', device], {
    input: script,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

function mark(): Buffer {
  const block = Buffer.alloc(4096);
  block.write('HOMEPBP is making this disk');
  return block;
}

const noise = Buffer.from(randomBytes(MIB).map((byte) => byte | 1));

/** Writes a buffer, or so many bytes of noise without a zero, there. */
export function write({ device }: Owned, at: number, what: number | Buffer): void {
  const file = openSync(device, 'r+');
  const bytes = typeof what === 'number' ? Buffer.alloc(what, noise) : what;
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function read({ device }: Owned, at: number, bytes: number): Buffer {
  const file = openSync(device, 'r');
  const found = Buffer.alloc(bytes);
  readSync(file, found, 0, bytes, at);
  closeSync(file);
  return found;
}

/** Writes what an owner would; false, and the test is skipped, if the program for it is missing. */
export function put(t: TestContext, owner: string, disk: Owned): boolean {
  try {
    OWNERS[owner]?.(disk);
  } catch (error) {
    // A laptop lacks some mkfs programs; where all tools are required, that is an error.
    if (!(error instanceof Absent) || process.env.HOMEPBP_REQUIRE_TOOLS === '1') throw error;
    t.skip(`this machine lacks ${error.message}`);
    return false;
  }
  disk.reread();
  return true;
}
