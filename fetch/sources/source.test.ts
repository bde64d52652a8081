import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaLockSchema } from '../../contract/media-lock.ts';
import { below, PUBLISHERS } from './source.ts';

test('a path below a base, with a slash at its end or without', () => {
  for (const base of ['http://nas.lan/ubuntu', 'http://nas.lan/ubuntu/']) {
    assert.equal(
      below(base, 'dists/noble/InRelease'),
      'http://nas.lan/ubuntu/dists/noble/InRelease',
    );
  }
});

test('characters that servers would misread are escaped', () => {
  const base = 'http://h';
  assert.equal(below(base, 'v1.34.10+k3s1/k3s'), 'http://h/v1.34.10%2Bk3s1/k3s');
  assert.equal(below(base, 'a?b#c d/e~f_1.0:x'), 'http://h/a%3Fb%23c%20d/e~f_1.0:x');
});

test('every publisher has a URL that a lock takes', () => {
  for (const [name, base] of Object.entries(PUBLISHERS)) {
    const url = below(base, 'v1.34.10+k3s1/linux-modules_5.15.0-139.149~20.04.1_amd64.deb');
    const files = { f: { url, size: 1, sha256: '0'.repeat(64) } };
    assert.equal(mediaLockSchema.safeParse({ version: 1, files }).success, true, name);
  }
});
