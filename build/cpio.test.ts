import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { packCpio } from './cpio.ts';

const FILES = [
  { path: 'homepbp/init', mode: 0o644, content: Buffer.from('main() { :; }\n') },
  { path: 'lib/homepbp/a.sh', mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
  { path: 'empty', mode: 0o644, content: Buffer.alloc(0) },
];

/** Reads newc as the kernel does (init/initramfs.c): fixed fields, name, padding, content, padding. */
function unpack(archive: Uint8Array) {
  const bytes = Buffer.from(archive);
  const records: { path: string; mode: number; inode: number; content: string }[] = [];
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    assert.equal(bytes.toString('latin1', at, at + 6), '070701');
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameEnd = at + 110 + field(11);
    const start = (nameEnd + 3) & ~3;
    const content = bytes.toString('utf8', start, start + field(6));
    const path = bytes.toString('utf8', at + 110, nameEnd - 1);
    records.push({ path, mode: field(1), inode: field(0), content });
    at = (start + field(6) + 3) & ~3;
  }
  return records;
}

describe('packCpio', () => {
  test('gives folders before their files, sorted, and ends with the trailer', () => {
    const records = unpack(packCpio(FILES));
    assert.deepEqual(
      records.map(({ path, mode }) => [path, mode.toString(8)]),
      [
        ['homepbp', '40755'],
        ['lib', '40755'],
        ['lib/homepbp', '40755'],
        ['empty', '100644'],
        ['homepbp/init', '100644'],
        ['lib/homepbp/a.sh', '100755'],
        ['TRAILER!!!', '0'],
      ],
    );
    assert.equal(records.at(-2)?.content, '#!/bin/sh\n');
    const inodes = records.slice(0, -1).map(({ inode }) => inode);
    assert.equal(new Set(inodes).size, inodes.length, 'equal inodes would be hard links');
  });

  test('is the same whatever the order of the files', () => {
    assert.deepEqual(packCpio(FILES), packCpio([...FILES].reverse()));
  });

  test('may be followed at once by another archive, whatever its size', () => {
    for (const length of [0, 1, 2, 3, 511, 512]) {
      const archive = packCpio([{ path: 'a', mode: 0o644, content: Buffer.alloc(length) }]);
      assert.equal(archive.length % 512, 0);
    }
  });

  test('is read by the cpio program, where there is one', (t) => {
    const { status, stdout, error } = spawnSync('cpio', ['-t'], { input: packCpio(FILES) });
    if (error !== undefined) return t.diagnostic('no cpio program here');
    assert.equal(status, 0);
    assert.match(stdout.toString(), /^homepbp\/init$/m);
  });
});
