import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuffers, isFast, LARGE_BYTES, nextPace, SMALL_BYTES } from './buffers.ts';

test('large buffers are few, and are used again', () => {
  const buffers = createBuffers(2, 1);
  const [one, two] = [buffers.large(), buffers.large()];
  assert.ok(one && two && one !== two && one.length === LARGE_BYTES);
  assert.equal(buffers.large(), null);
  buffers.giveBack(one);
  assert.equal(buffers.large(), one);
  assert.equal(buffers.large(), null);
});

test('small buffers are without limit; some are kept', () => {
  const buffers = createBuffers(0, 1);
  const [one, two] = [buffers.small(), buffers.small()];
  assert.ok(one !== two && one.length === SMALL_BYTES);
  buffers.giveBack(one);
  buffers.giveBack(two);
  assert.equal(buffers.small(), one);
  assert.notEqual(buffers.small(), two);
});

test('fast is who takes more at once than socket buffers hold, until the first stall', () => {
  let pace = 0;
  while (!isFast(pace)) pace = nextPace(pace, 1);
  assert.ok(pace * SMALL_BYTES >= 8 * 1024 * 1024);
  assert.equal(isFast(nextPace(pace, 49)), true);
  assert.equal(isFast(nextPace(pace, 51)), false);
});
