import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readMembers } from './members.ts';
import { packDeb, packTar } from './sources/busybox.trial.ts';

const PROGRAM = Buffer.from('program '.repeat(20_000));
const TAR = packTar({ './usr/bin/busybox': PROGRAM, './usr/bin/other': Buffer.from('x') });

function read(t: TestContext, archive: Uint8Array) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-members-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'archive');
  writeFileSync(path, archive);
  return readMembers(path, new Set(['usr/bin/busybox', 'none']), 'http://x/archive');
}

const PACKED: Readonly<Record<string, Uint8Array>> = {
  'a .tar.gz': gzipSync(TAR),
  'a package packed with zstd': packDeb({ 'data.tar.zst': zstdCompressSync(TAR) }),
  'a package packed with gzip': packDeb({ 'data.tar.gz': gzipSync(TAR) }),
  'a package that is not packed': packDeb({ 'data.tar': TAR }),
  'a package with a member of odd length and one that nobody knows': packDeb({
    _gpgorigin: Buffer.from('odd'),
    'data.tar.zst': zstdCompressSync(TAR),
  }),
};

for (const [what, archive] of Object.entries(PACKED)) {
  test(`${what}: the requested files, and nothing else`, async (t) => {
    const found = await read(t, archive);
    assert.deepEqual([...found.keys()], ['usr/bin/busybox']);
    assert.deepEqual(found.get('usr/bin/busybox'), PROGRAM);
  });
}

const zst = PACKED['a package packed with zstd'] ?? Buffer.alloc(0);
test('a missing archive is an error with its URL', async () => {
  const gone = readMembers('/no/such/archive', new Set(), 'http://x/archive');
  await assert.rejects(gone, /^FetchError: http:\/\/x\/archive: .*no such file/);
});

const BROKEN: readonly [string, Uint8Array, RegExp][] = [
  [
    'a package cut short',
    zst.subarray(0, -20),
    /not a readable Debian package \(data\.tar\.zst is truncated\)/,
  ],
  [
    'its data cut short',
    packDeb({ 'data.tar.zst': zstdCompressSync(TAR).subarray(0, -9) }),
    /not a readable Debian package/,
  ],
  [
    'another packing',
    packDeb({ 'data.tar.xz': Buffer.from('xz') }),
    /compressed with xz, which is not supported/,
  ],
  ['no data', packDeb({}), /it has no data\.tar/],
  ['a damaged list', Buffer.from(`!<arch>\n${'x'.repeat(60)}`), /its member list is damaged/],
  ['a login page', Buffer.from('<html>'), /not a readable \.tar\.gz archive/],
  ['nothing', Buffer.alloc(0), /not a readable \.tar\.gz archive/],
];

for (const [what, archive, message] of BROKEN) {
  test(`${what} is refused with its URL and a hint`, async (t) => {
    await assert.rejects(read(t, archive), (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /^http:\/\/x\/archive: .*\n {2}hint: /);
      return true;
    });
  });
}
