// What follows HomePBP's layer in memory: initrds packed in every way that a system's may be, joined as
// each loader joins them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packCpio } from '../../../build/cpio.ts';
import { runProgram } from '../program.ts';

/** Shell commands that pack an archive as the kernel takes it. */
const PACKERS = {
  plain: 'cat',
  gzip: 'gzip -9',
  zstd: 'zstd -q -19',
  xz: 'xz --check=crc32',
  /** Ubuntu 20.04's, which has no end mark. */
  lz4: 'lz4 -q -l -9',
} as const;

type Packer = keyof typeof PACKERS;

/** By the archives that they consist of. */
const PACKINGS: readonly (readonly Packer[])[] = [
  ['lz4'],
  ['gzip'],
  ['zstd'],
  ['xz'],
  ['plain', 'gzip', 'zstd'],
];

export interface SecondInitrd {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Files of /second, each of which says its name. */
  readonly files: readonly string[];
  /** Whether an early archive is in front. */
  readonly early: boolean;
}

/** Initrds of every packing, without and with an early archive in front. */
export async function secondInitrds(scratch: string): Promise<SecondInitrd[]> {
  const all: SecondInitrd[] = [];
  for (const files of PACKINGS) {
    const name = files.join(' + ');
    const packed = await Promise.all(files.map((packer) => pack(scratch, packer)));
    const early = Buffer.concat([earlyArchive(), ...packed]);
    all.push({ name, bytes: Buffer.concat(packed), files, early: false });
    all.push({ name: `early + ${name}`, bytes: early, files, early: true });
  }
  return all;
}

/** An archive that has the file second/NAME, which says NAME. */
export async function pack(scratch: string, packer: Packer): Promise<Uint8Array> {
  const plain = join(scratch, `${packer}.cpio`);
  const content = Buffer.from(`${packer}\n`);
  await writeFile(plain, packCpio([{ path: `second/${packer}`, mode: 0o644, content }]));
  const packed = `${plain}.packed`;
  await runProgram(['sh', '-c', `${PACKERS[packer]} <"$1" >"$2"`, 'sh', plain, packed]);
  return readFile(packed);
}

/**
 * An archive of files that the kernel seeks in memory before it unpacks anything: microcode, as Ubuntu
 * puts it in front of its initrds, and a table of ACPI's. No emulated processor takes microcode, but the
 * kernel finds both by the same walk (find_cpio_data), and says so of the table.
 */
export function earlyArchive(): Uint8Array {
  const microcode = Buffer.from('no microcode\n');
  return packCpio([
    { path: 'kernel/firmware/acpi/e2e.aml', mode: 0o644, content: acpiTable() },
    { path: 'kernel/x86/microcode/GenuineIntel.bin', mode: 0o644, content: microcode },
  ]);
}

/** A table that nothing acts upon: header (ACPI specification 5.2.6) and 18 bytes of UEFI's. */
function acpiTable(): Uint8Array {
  const table = Buffer.alloc(54);
  table.write('UEFI', 0, 'latin1');
  table.writeUInt32LE(table.length, 4);
  table.writeUInt8(1, 8);
  table.write('E2E   E2ELAYER', 10, 'latin1');
  table.writeUInt32LE(1, 24);
  table.write('E2E ', 28, 'latin1');
  table.writeUInt32LE(1, 32);
  const sum = table.reduce((total, byte) => total + byte, 0);
  table.writeUInt8(-sum & 0xff, 9);
  return table;
}

/** To how many bytes each loader aligns an initrd that follows another one; zeros fill the gap. */
const JOINS: Readonly<Record<string, number>> = {
  'EFI stub': 1,
  GRUB: 4,
  'iPXE on BIOS and LoadFile2': 4096,
};

/** The initrds as a loader leaves them in memory. */
export function joinInitrds(initrds: readonly Uint8Array[], alignment: number): Uint8Array {
  return initrds.reduce((joined, next) => {
    const gap = (alignment - (joined.length % alignment)) % alignment;
    return Buffer.concat([joined, new Uint8Array(gap), next]);
  }, new Uint8Array());
}

/** All joins of the initrds; those that leave the same bytes are one, with both names. */
export function joinings(initrds: readonly Uint8Array[]): [name: string, bytes: Uint8Array][] {
  const all: [string, Uint8Array][] = [];
  for (const [name, alignment] of Object.entries(JOINS)) {
    const bytes = joinInitrds(initrds, alignment);
    const same = all.find(([, other]) => Buffer.compare(other, bytes) === 0);
    if (same === undefined) all.push([name, bytes]);
    else same[0] += ` and ${name}`;
  }
  return all;
}
