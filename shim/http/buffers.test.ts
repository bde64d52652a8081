import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuffers, LARGE_BYTES, SMALL_BYTES } from './buffers.ts';

test('buffers of two sizes, used again; some of each are kept', () => {
  const buffers = createBuffers(1);
  for (const [size, bytes] of [
    ['small', SMALL_BYTES],
    ['large', LARGE_BYTES],
  ] as const) {
    const [one, two] = [buffers.take(size), buffers.take(size)];
    assert.ok(one !== two && one.length === bytes && two.length === bytes);
    buffers.giveBack(one);
    buffers.giveBack(two);
    assert.equal(buffers.take(size), one);
    assert.notEqual(buffers.take(size), two);
  }
});
