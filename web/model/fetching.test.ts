import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchWords } from './fetching.ts';

const RUNNING = { state: 'running', bytes: 500e6, totalBytes: 2e9, bytesPerSecond: 50e6 } as const;

test('how far a fetch is, and how long it will take', () => {
  assert.deepEqual(fetchWords({ ...RUNNING, doing: 'os/24.04-amd64/initrd' }), {
    headline: 'Genesis is fetching what the nodes need.',
    detail: '500 MB of 2.0 GB, 50 MB/s, 30 s left · os/24.04-amd64/initrd',
    fraction: 0.25,
  });
  const slow = fetchWords({ ...RUNNING, bytes: 3e9, bytesPerSecond: 0 });
  assert.deepEqual([slow.detail, slow.fraction], ['3.0 GB of 2.0 GB, 0 B/s', 1]);
});

test('before the size is known, and when it failed', () => {
  const early = fetchWords({ ...RUNNING, totalBytes: null });
  assert.deepEqual(
    [early.detail, early.fraction],
    ['Asking the publishers what there is to fetch.', null],
  );
  const failed = fetchWords({ ...RUNNING, state: 'failed', error: 'the disk is full' });
  assert.match(failed.headline, /Run \.\/homepbp fetch/);
  assert.deepEqual([failed.detail, failed.fraction], ['the disk is full', null]);
});
