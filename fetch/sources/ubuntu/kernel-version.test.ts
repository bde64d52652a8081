import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { kernelVersion } from './kernel-version.ts';
import { arm64Image, bzImage, zboot } from './kernels.trial.ts';

const GA =
  '5.4.0-216-generic (buildd@lcy02-amd64-078) #236-Ubuntu SMP Fri Apr 11 19:53:21 UTC 2025';
const HWE =
  '5.15.0-139-generic (buildd@lcy02-amd64-055) #149~20.04.1-Ubuntu SMP Wed Apr 16 08:29:56 UTC 2025';
const FOUND = { release: '5.4.0-216-generic', packageVersion: '5.4.0-216.236' };

test('a bzImage gives release and package version', () => {
  assert.deepEqual(kernelVersion(bzImage(GA)), FOUND);
});

test('a hardware enablement kernel has its own kind of package version', () => {
  assert.deepEqual(kernelVersion(bzImage(HWE)), {
    release: '5.15.0-139-generic',
    packageVersion: '5.15.0-139.149~20.04.1',
  });
});

test('an arm64 Image, plain or packed, is searched for its banner', () => {
  const image = arm64Image(GA);
  assert.deepEqual(kernelVersion(image), FOUND);
  assert.deepEqual(kernelVersion(gzipSync(image)), FOUND);
  assert.deepEqual(kernelVersion(zboot('gzip', gzipSync(image))), FOUND);
  assert.deepEqual(kernelVersion(zboot('zstd22', zstdCompressSync(image))), FOUND);
});

test('a kernel of another distribution has a release only', () => {
  const debian =
    '6.1.0-13-arm64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1';
  assert.deepEqual(kernelVersion(bzImage(debian)), {
    release: '6.1.0-13-arm64',
    packageVersion: null,
  });
});

test('something that is not a kernel has no version', () => {
  const cut = gzipSync(arm64Image(GA)).subarray(0, 40);
  for (const bytes of [Buffer.alloc(0), Buffer.from('<html>'), Buffer.alloc(4096), cut]) {
    assert.equal(kernelVersion(bytes), null);
  }
});

const installed = existsSync('/boot')
  ? readdirSync('/boot').filter((name) => /^vmlinuz-\d/.test(name))
  : [];

test('agrees with the kernels installed here', {
  skip: installed.length === 0 && 'no kernel in /boot; the e2e case upstream reads one',
}, () => {
  for (const name of installed) {
    assert.equal(`vmlinuz-${kernelVersion(readFileSync(`/boot/${name}`))?.release}`, name);
  }
});
