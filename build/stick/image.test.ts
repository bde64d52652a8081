import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStickImage, stickImage } from './image.ts';

const SCRIPT = '#!ipxe\n# a comment\necho a # b\n\nexit 1\n';
const PROGRAMS = {
  bootSector: new Uint8Array(440).fill(0x90),
  bios: new Uint8Array(3 * 1024 + 1).fill(7),
  efi: new Map([
    ['BOOTX64.EFI', Buffer.from('x64')],
    ['BOOTAA64.EFI', Buffer.from('arm64')],
  ]),
};
const PARTITION = 1024 * 1024;

const image = () => stickImage(SCRIPT, PROGRAMS);

test('BIOS: the sector says how long iPXE is; script without comments, then iPXE', () => {
  const bytes = image();
  assert.deepEqual([...bytes.subarray(0, 438)], Array(438).fill(0x90));
  assert.equal(bytes.readUInt16LE(438), 4);
  assert.equal(bytes.readUInt16LE(510), 0xaa55);
  const script = bytes
    .subarray(512, 512 + 4096)
    .toString('latin1')
    .replace(/\0+$/, '');
  assert.equal(script, '#!ipxe\necho a # b\nexit 1\n');
  const bios = bytes.subarray(512 + 4096, PARTITION);
  assert.ok(bios.subarray(0, PROGRAMS.bios.length).equals(PROGRAMS.bios));
  assert.ok(bios.subarray(PROGRAMS.bios.length).every((byte) => byte === 0));
});

test('one active EFI partition from the first MiB to the end', () => {
  const bytes = image();
  const entry = bytes.subarray(446, 462);
  assert.equal(entry[0], 0x80);
  assert.equal(entry[4], 0xef);
  assert.equal(entry.readUInt32LE(8) * 512, PARTITION);
  assert.equal((entry.readUInt32LE(8) + entry.readUInt32LE(12)) * 512, bytes.length);
  assert.ok(bytes.subarray(462, 510).every((byte) => byte === 0));
});

const hasMtools = spawnSync('mtype', ['--version']).error === undefined;
if (!hasMtools) assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', 'mtools are missing');

test('UEFI: programs, and the whole script at both places', { skip: !hasMtools }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-stick-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'stick.img');
  writeFileSync(path, image());
  const read = (name: string) =>
    execFileSync('mtype', ['-i', `${path}@@1M`, `::${name}`], { encoding: 'utf8' });
  assert.equal(read('EFI/BOOT/BOOTX64.EFI'), 'x64');
  assert.equal(read('EFI/BOOT/BOOTAA64.EFI'), 'arm64');
  assert.equal(read('autoexec.ipxe'), SCRIPT);
  assert.equal(read('EFI/BOOT/autoexec.ipxe'), SCRIPT);
});

test('an image is known as ours; a zeroed disk and another text are not', () => {
  assert.ok(isStickImage(image().subarray(0, 512)));
  assert.ok(!isStickImage(new Uint8Array(512)));
  assert.ok(!isStickImage(Buffer.from('nodes:\n')));
});

test('a script that BIOS would cut is refused', () => {
  const long = `#!ipxe\n${'echo a\n'.repeat(600)}`;
  assert.throws(() => stickImage(long, PROGRAMS), /too long for BIOS/);
  const linux = '#!ipxe\nkernel k initrd=a || exit 1\n';
  assert.throws(() => stickImage(linux, PROGRAMS), /word for Linux/);
});
