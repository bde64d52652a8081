// The boot sector in the repository is what its source makes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const SOURCE = join(import.meta.dirname, 'boot-sector.S');
const BINARY = join(import.meta.dirname, 'boot-sector.bin');

function canAssemble(): boolean {
  const isThere = /x86/.test(spawnSync('ld', ['-V'], { encoding: 'utf8' }).stdout ?? '');
  if (!isThere) assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', 'binutils are missing');
  return isThere;
}

test('boot-sector.bin is made of boot-sector.S', { skip: !canAssemble() }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-sector-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [object, binary] = [join(folder, 'o'), join(folder, 'bin')];
  execFileSync('as', ['--32', SOURCE, '-o', object]);
  const words = ['-m', 'elf_i386', '-Ttext', '0x600', '--oformat', 'binary', object, '-o', binary];
  execFileSync('ld', words);
  assert.ok(readFileSync(binary).equals(readFileSync(BINARY)));
});

test('it leaves room for the disk signature and the partition table', () => {
  assert.equal(readFileSync(BINARY).length, 440);
});
