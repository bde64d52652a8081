// Disks that hold other people's data, made by the usual programs.
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { blankDisk, GB, MIB } from './disk-image.ts';
import type { Disk } from './machine.ts';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

const BYTES = 4 * GB;

export interface ForeignDisk extends Disk {
  /** What the machine must say of it. */
  readonly why: RegExp;
}

/** What somebody may have put on a disk, how it is attached, and what the machine says of it. */
const OWNERS: readonly {
  readonly name: string;
  readonly bus?: Disk['bus'];
  readonly why: RegExp;
  readonly put: (path: string) => Promise<unknown>;
}[] = [
  {
    name: 'ext4',
    why: /it holds ext4/,
    put: (path) => runProgram(['mke2fs', '-q', '-F', '-t', 'ext4', path]),
  },
  {
    name: 'ntfs',
    why: /it holds ntfs/,
    put: (path) => runProgram(['mkfs.ntfs', '-q', '-Q', '-F', path]),
  },
  { name: 'lvm', why: /it holds LVM2_member/, put: putLvm },
  { name: 'zfs', bus: 'ide', why: /it holds zfs_member/, put: putZfs },
  { name: 'luks', bus: 'nvme', why: /it holds crypto_LUKS/, put: putLuks },
  { name: 'mdraid', bus: 'ide', why: /it holds linux_raid_member/, put: putMdraid },
  {
    // Plain dm-crypt has no signature: an encrypted file system is noise wherever it was written.
    name: 'dm-crypt',
    why: /its first 4 MiB are not all zeros/,
    put: (path) => writeAt(path, [0], randomBytes(64 * MIB)),
  },
  {
    name: 'gpt',
    why: /it holds gpt/,
    put: (path) => runProgram(['sh', '-c', 'echo label: gpt | sfdisk -q "$1"', 'sh', path]),
  },
  { name: 'stick', bus: 'stick', why: /it is removable/, put: async () => undefined },
];

/** One disk of each kind; the last is a blank USB stick. */
export async function foreignDisks(scene: Scene): Promise<ForeignDisk[]> {
  const made: ForeignDisk[] = [];
  for (const { name, bus = 'virtio', why, put } of OWNERS) {
    const path = await blankDisk(scene, name, BYTES);
    await put(path);
    made.push({ path, bus, why });
  }
  return made;
}

/** LVM takes devices only. */
async function putLvm(path: string): Promise<void> {
  const device = (await runProgram(['losetup', '--find', '--show', path])).trim();
  const config = `devices { use_devicesfile=0 filter=["a|^${device}$|","r|.*|"] }`;
  try {
    await runProgram(['pvcreate', '--quiet', '--config', config, device]);
  } finally {
    await runProgram(['losetup', '--detach', device]);
  }
}

function putLuks(path: string): Promise<string> {
  const cheap = ['--pbkdf=pbkdf2', '--pbkdf-force-iterations=1000'];
  return runProgram(['cryptsetup', '--batch-mode', ...cheap, 'luksFormat', path, '/etc/hostname']);
}

/** Hosts need not have ZFS: uberblocks in the two labels at each end, which is what blkid looks for. */
function putZfs(path: string): Promise<void> {
  const uberblocks = Buffer.alloc(8 * 1024);
  for (let at = 0; at < uberblocks.length; at += 1024) {
    uberblocks.writeBigUInt64LE(0x00bab10cn, at);
    uberblocks.writeBigUInt64LE(5000n, at + 8);
  }
  const end = BYTES - (BYTES % (256 * 1024));
  const labels = [0, MIB / 4, end - MIB / 2, end - MIB / 4];
  return writeAt(
    path,
    labels.map((label) => label + MIB / 8),
    uberblocks,
  );
}

/** Hosts need not have md: a superblock of version 1.2, 4 KiB from the start. */
function putMdraid(path: string): Promise<void> {
  const superblock = Buffer.alloc(4096);
  superblock.writeUInt32LE(0xa92b4efc);
  superblock.writeUInt32LE(1, 4);
  superblock.write('raid-set-uuid-16', 16);
  superblock.writeBigUInt64LE(8n, 144);
  return writeAt(path, [4096], superblock);
}

async function writeAt(path: string, places: readonly number[], bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  for (const place of places) await file.write(bytes, 0, bytes.length, place);
  await file.close();
}
