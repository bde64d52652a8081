import assert from 'node:assert/strict';
import { test } from 'node:test';
import { located, snapshots } from './modules.ts';

test('snapshots after the day of a build, but none of the future', () => {
  const names = (serial: string, now: string) =>
    snapshots(serial, 'http://s', new Date(now)).map((url) => url.slice('http://s/'.length));
  assert.deepEqual(names('20241231.1', '2025-06-01'), [
    '20250101T000000Z',
    '20250104T000000Z',
    '20250114T000000Z',
  ]);
  assert.deepEqual(names('20250101', '2025-01-03'), ['20250102T000000Z']);
  assert.deepEqual(names('latest', '2025-01-03'), []);
});

test('a file name with an epoch fits into media/', () => {
  const one = {
    name: 'dmsetup',
    version: '2:1.02.175',
    path: 'pool/main/l/lvm2/dmsetup_2%3a1.02.175_amd64.deb',
    size: 1,
    sha256: '0'.repeat(64),
    depends: [],
    provides: [],
  };
  const { path, url } = located(one, 'http://a', 'os/24.04-amd64/debs');
  assert.equal(path, 'os/24.04-amd64/debs/dmsetup_2-1.02.175_amd64.deb');
  assert.equal(url, 'http://a/pool/main/l/lvm2/dmsetup_2%253a1.02.175_amd64.deb');
});
