// Whether what was fetched is enough for the demo's machines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaLock } from '../../contract/media-lock.ts';
import { BOOT_FILES } from '../../contract/paths.ts';
import { fetchedSystem } from './system.ts';

function lockOf(resolved: Record<string, string>, paths: readonly string[]): MediaLock {
  const file = { url: 'https://publisher.invalid/file', size: 7, sha256: '0'.repeat(64) };
  const files = Object.fromEntries(paths.map((path) => [path, file]));
  return { version: 2, resolved, files, keys: {}, dates: {} };
}

const bootFiles = (release: string) => BOOT_FILES.map((name) => `os/${release}-amd64/${name}`);
const K3S = 'k3s/v1.34.1+k3s1/k3s-amd64';
const BOTH = lockOf(
  { 'os 22.04-amd64': '20250101', 'os 24.04-amd64': '20250101 hwe', 'k3s stable': 'v1.34.1+k3s1' },
  [...bootFiles('22.04'), ...bootFiles('24.04'), K3S],
);

test('the newest Ubuntu that is there, with its kernel and the channel of k3s', () => {
  const expected = { kind: 'fetched', release: '24.04', kernel: 'hwe', k3s: 'stable' };
  assert.deepEqual(
    fetchedSystem(BOTH, () => true),
    expected,
  );
});

test('a file that is locked but not there, or cut off, does not count', () => {
  const found = fetchedSystem(BOTH, (path) => !path.startsWith('os/24.04-amd64/'));
  assert.equal(found?.release, '22.04');
  assert.equal(
    fetchedSystem(BOTH, (path) => path !== K3S),
    null,
  );
  assert.equal(
    fetchedSystem(BOTH, (_, size) => size !== 7),
    null,
  );
});

test('no k3s, or no Ubuntu for this architecture: none', () => {
  const isThere = () => true;
  const os = { 'os 24.04-amd64': '20250101' };
  assert.equal(fetchedSystem(lockOf(os, bootFiles('24.04')), isThere), null);
  assert.equal(fetchedSystem(lockOf({ 'k3s stable': 'v1.34.1+k3s1' }, [K3S]), isThere), null);
  assert.equal(fetchedSystem(lockOf({}, []), isThere), null);
});
