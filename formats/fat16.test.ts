// A file system is right when the tools of others say so: dosfstools checks it, mtools reads it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fat16 } from './fat16.ts';

const PLACE = { start: 2048, sectors: 32_768 };

const FILES = new Map<string, Uint8Array>([
  ['EFI/BOOT/BOOTX64.EFI', Buffer.from('x64 '.repeat(70_001))],
  ['EFI/BOOT/a long name of a file.config', Buffer.from('inner\n')],
  ['autoexec.ipxe', Buffer.from('#!ipxe\n')],
  ['autoexec.ipx', Buffer.from('another, with the same short name\n')],
  ['NOTHING', new Uint8Array()],
  ['CLUSTER', new Uint8Array(2048).fill(7)],
]);

function hasTool(name: string): boolean {
  const isThere = spawnSync(name, ['--version']).error === undefined;
  if (!isThere) assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', `${name} is missing`);
  return isThere;
}

function write(t: TestContext, bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-fat-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'fat.img');
  writeFileSync(path, bytes);
  return path;
}

test('dosfstools find nothing wrong', { skip: !hasTool('fsck.fat') }, (t) => {
  const path = write(t, fat16(FILES, 'HOMEPBP USB', PLACE));
  const { status, stdout } = spawnSync('fsck.fat', ['-n', '-v', path], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /16 bit entries/);
});

test('mtools read every file, and the label', { skip: !hasTool('mtype') }, (t) => {
  const path = write(t, fat16(FILES, 'HOMEPBP USB', PLACE));
  const maxBuffer = 1 << 20;
  for (const [name, content] of FILES) {
    const read = execFileSync('mtype', ['-i', path, `::${name}`], { maxBuffer });
    assert.ok(read.equals(content), name);
  }
  const listing = execFileSync('mdir', ['-i', path, '::'], { encoding: 'utf8' });
  assert.match(listing, /HOMEPBP USB/);
});

test('the hundredth long name of a folder can be read', { skip: !hasTool('mtype') }, (t) => {
  const names = Array.from({ length: 100 }, (_, index) => `a long name ${index + 1}.txt`);
  const files = new Map(names.map((name) => [`IN/${name}`, Buffer.from(name)]));
  const path = write(t, fat16(files, 'A', PLACE));
  const read = execFileSync('mtype', ['-i', path, '::IN/a long name 100.txt'], {
    encoding: 'utf8',
  });
  assert.equal(read, 'a long name 100.txt');
});

test('equal files give equal bytes', () => {
  assert.ok(fat16(FILES, 'A', PLACE).equals(fat16(new Map(FILES), 'A', PLACE)));
});

test('what does not fit is refused, and so is a size that readers would take for FAT12', () => {
  const large = new Map([['LARGE', new Uint8Array(17 << 20)]]);
  assert.throws(() => fat16(large, 'A', PLACE), /do not fit/);
  assert.throws(() => fat16(FILES, 'A', { start: 0, sectors: 16_000 }), /no FAT16/);
});

test('a full file system: its last cluster is used', { skip: !hasTool('fsck.fat') }, (t) => {
  const largest = 8167 * 2048;
  const path = write(t, fat16(new Map([['FULL', new Uint8Array(largest)]]), 'A', PLACE));
  assert.equal(spawnSync('fsck.fat', ['-n', path]).status, 0);
  const more = new Map([['FULL', new Uint8Array(largest + 1)]]);
  assert.throws(() => fat16(more, 'A', PLACE), /do not fit/);
});
