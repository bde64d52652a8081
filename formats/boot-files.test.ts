import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { TRIAL_INITRD, trialEfi, trialKernel } from './boot-files.trial.ts';
import { type KernelMachine, kernelMachine, packedKindOf, whyNoInitrd } from './boot-files.ts';
import { trialElf } from './elf.trial.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const narrow = trialKernel('amd64');
narrow.writeUInt16LE(0, 0x236);
const old = trialKernel('amd64');
old.writeUInt16LE(0x020b, 0x206);
old.writeUInt16LE(0, 0x236);

const KERNELS: readonly [string, Buffer, KernelMachine | null][] = [
  ['a bzImage', trialKernel('amd64'), 'amd64'],
  ['a bzImage of before the header told', old, 'amd64'],
  ['a bzImage that is cut off there', trialKernel('amd64').subarray(0, 0x210), 'amd64'],
  ['a bzImage of 32 bits', narrow, '32-bit x86'],
  ['an arm64 Image', trialKernel('arm64'), 'arm64'],
  ['an arm64 Image packed with gzip', gzipSync(trialKernel('arm64')), 'arm64'],
  ['an EFI zboot image', trialEfi(0xaa64, 'zimg'), 'arm64'],
  ["an EFI program with Linux' mark", trialEfi(0xaa64, 'linux'), 'arm64'],
  ["one for x86 with Linux' mark", trialEfi(0x8664, 'linux'), 'amd64'],
  ['one for RISC-V', trialEfi(0x5064, 'linux'), 'another machine'],
  ['a zboot image that is cut off', trialEfi(0xaa64, 'zimg').subarray(0, 0x20), null],
  ['an EFI program that is no kernel', trialEfi(0x8664, null), null],
  [
    'a bzImage packed with gzip, which no boot loader unpacks',
    gzipSync(trialKernel('amd64')),
    null,
  ],
  ['a vmlinux', trialElf({ arch: 'amd64' }), null],
  ['nothing', Buffer.alloc(0), null],
];

for (const [what, head, machine] of KERNELS) {
  test(`kernel: ${what}`, () => assert.equal(kernelMachine(head), machine));
}

const PACKERS: Readonly<Record<string, string>> = {
  'newc cpio': TRIAL_INITRD,
  'newc cpio with checksums': '070702',
  gzip: '\x1f\x8b\x08…',
  zstd: '\x28\xb5\x2f\xfd',
  'legacy lz4': '\x02\x21\x4c\x18',
  'lz4 frame': '\x04\x22\x4d\x18',
  xz: '\xfd7zXZ\0',
  lzma: '\x5d\0\0\x80',
  bzip2: 'BZh9',
  lzo: '\x89LZO\0',
};

for (const [what, head] of Object.entries(PACKERS)) {
  test(`initrd: ${what}`, () => assert.equal(whyNoInitrd(bytes(head)), null));
}

test('initrd: packed by real packers, as large as one is', () => {
  const cpio = Buffer.concat([bytes(TRIAL_INITRD), Buffer.alloc(1 << 20, 'modules and firmware')]);
  for (const pack of [gzipSync, zstdCompressSync]) {
    const packed = pack(cpio);
    assert.equal(whyNoInitrd(packed), null);
    assert.equal(
      packedKindOf(packed.subarray(0, 64)).endsWith('that contains a cpio archive'),
      true,
    );
  }
});

const at = (offset: number, mark: string) => bytes(`${'x'.repeat(offset)}${mark}`);
const WRONG: readonly [Buffer, string][] = [
  [bytes('hsqs'), 'a squashfs image'],
  [at(0x8001, 'CD001'), 'an ISO image'],
  [trialElf({ arch: 'amd64' }), 'an ELF program'],
  [bytes('!<arch>\ndebian-binary'), 'a Debian package'],
  [bytes('!<arch>\nx.o/'), 'an ar archive'],
  [bytes('\n <!DOCTYPE HTML>'), 'an HTML page'],
  [bytes('#!/bin/sh\n'), 'a script'],
  [Buffer.from('Grüße\n'), 'a text'],
  [Buffer.alloc(5000), 'zeros'],
  [bytes('\x01\x02\x03'), 'an unknown kind of file'],
  [bytes('070707'), 'a cpio archive that is not newc'],
  [at(257, 'ustar'), 'a tar archive'],
  [at(0x438, '\x53\xef'), 'an ext4 file system'],
  [at(0x1fe, '\x55\xaa'), 'a disk image'],
  [trialKernel('amd64'), 'an x86 Linux kernel'],
  [trialKernel('arm64'), 'an arm64 Linux kernel'],
  [trialEfi(0xaa64, 'zimg'), 'a Linux kernel for EFI'],
  [trialEfi(0x8664, null), 'an EFI program'],
  [gzipSync(at(257, 'ustar')), 'a gzip file that contains a tar archive'],
  [gzipSync(trialKernel('arm64')), 'a gzip file that contains an arm64 Linux kernel'],
  [zstdCompressSync(bytes('hsqs')), 'a zstd file that contains a squashfs image'],
];

for (const [head, kind] of WRONG) {
  test(`no initrd: ${kind}`, () => assert.equal(whyNoInitrd(head), kind));
}

test('a file that unpacks to gigabytes is not unpacked', () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 << 20, '070701'));
  assert.equal(whyNoInitrd(bomb), null);
});
