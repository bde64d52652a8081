import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { isDead, isUnfinished } from './sweep.ts';

const GONE = spawnSync('true').pid;
const HERE = process.pid;

test('only names of runs whose process is gone are swept', () => {
  assert.ok(isDead(`homepbp-e2e-${GONE}`));
  assert.ok(isDead(`homepbp-e2e-${GONE}-xYz`));
  assert.ok(!isDead(`homepbp-e2e-${HERE}`));
  assert.ok(!isDead(`homepbp-${GONE}`));
  assert.ok(!isDead('homepbp-e2e-'));
});

test('finished images are kept', () => {
  assert.ok(isUnfinished(`bookworm-0123456789ab.${GONE}`));
  assert.ok(isUnfinished(`bookworm-0123456789ab.${GONE}.apt.conf`));
  assert.ok(isUnfinished(`sid-ipxe_2.0.0_all.unpacking-${GONE}`));
  assert.ok(!isUnfinished(`bookworm-0123456789ab.${HERE}`));
  assert.ok(!isUnfinished(`sid-ipxe_2.0.0_all.unpacking-${HERE}`));
  assert.ok(!isUnfinished(`sid-ipxe_2.0.${GONE}`));
  assert.ok(!isUnfinished('bookworm-0123456789ab'));
  assert.ok(!isUnfinished('image'));
});
