import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseManifest,
  parsePackage,
  parseParagraph,
  parseRelations,
  parseRelease,
} from './deb822.ts';

const HASH = 'b'.repeat(64);

test('the fields of a paragraph, names in any case, folded lines together', () => {
  const fields = parseParagraph(
    'Package: a\nDescription: one\n two\n\t three\nX-Y:\nurl: http://x:1',
  );
  assert.deepEqual(
    [...fields],
    [
      ['package', 'a'],
      ['description', 'one\ntwo\nthree'],
      ['x-y', ''],
      ['url', 'http://x:1'],
    ],
  );
});

test('a Release file: the SHA-256 of its indexes, not the MD5', () => {
  const release = parseRelease(
    `Suite: noble-updates\nCodename: noble\nAcquire-By-Hash: yes\nMD5Sum:\n ${'c'.repeat(32)} 5 main/binary-amd64/Packages.gz\nSHA256:\n ${HASH}          1234 main/binary-amd64/Packages.gz\n ${HASH} 5 main/Contents\nSHA512:\n ${'d'.repeat(128)} 9 main/binary-amd64/Packages.gz\n`,
  );
  assert.deepEqual(
    [release.suite, release.codename, release.byHash],
    ['noble-updates', 'noble', true],
  );
  assert.deepEqual(
    [...release.indexes],
    [
      ['main/binary-amd64/Packages.gz', { sha256: HASH, size: 1234 }],
      ['main/Contents', { sha256: HASH, size: 5 }],
    ],
  );
});

test('the dates of a Release file: its own, and when it expires if it says so', () => {
  const date = 'Date: Thu, 17 Jul 2025 10:11:12 UTC\n';
  const plain = parseRelease(`Suite: noble\n${date}`);
  assert.equal(plain.date?.toISOString(), '2025-07-17T10:11:12.000Z');
  assert.equal(plain.validUntil, null);
  const expiring = parseRelease(`${date}Valid-Until: Thu, 24 Jul 2025 10:11:12 UTC\n`);
  assert.equal(expiring.validUntil?.toISOString(), '2025-07-24T10:11:12.000Z');
  assert.equal(parseRelease('Suite: noble\n').date, null);
});

test('relations: alternatives, versions, architectures', () => {
  assert.deepEqual(
    parseRelations('libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, python3:any,'),
    [
      [{ name: 'libc6', relation: '>=', version: '2.34' }],
      [{ name: 'debconf', relation: '>=', version: '0.5' }, { name: 'debconf-2.0' }],
      [{ name: 'python3' }],
    ],
  );
  assert.deepEqual(parseRelations('a (<2), b(=1:2~3+4)'), [
    [{ name: 'a', relation: '<=', version: '2' }],
    [{ name: 'b', relation: '=', version: '1:2~3+4' }],
  ]);
  assert.deepEqual(parseRelations(''), []);
});

test('a package needs Pre-Depends as it needs Depends', () => {
  const one = parsePackage(
    `Package: a\nVersion: 1\nPre-Depends: dpkg\nDepends: b\nProvides: c (= 1), d\nFilename: pool/main/a/a_1_all.deb\nSize: 3\nSHA256: ${HASH}`,
  );
  assert.deepEqual(one?.depends, [[{ name: 'dpkg' }], [{ name: 'b' }]]);
  assert.deepEqual(one?.provides, ['c', 'd']);
  assert.equal(one?.size, 3);
});

test("a root image's manifest; snaps are not packages", () => {
  const text =
    'adduser\t3.118ubuntu5\nlibc6:amd64\t2.39-0ubuntu8.4\nsnap:lxd\t5.21/stable\t29351\n\n';
  assert.deepEqual(
    [...parseManifest(text)],
    [
      ['adduser', '3.118ubuntu5'],
      ['libc6', '2.39-0ubuntu8.4'],
    ],
  );
});
