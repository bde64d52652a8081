import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuffers, LARGE_BYTES, SMALL_BYTES, TINY_BYTES } from './buffers.ts';

test('a buffer has the smallest size that is large enough', () => {
  const { take } = createBuffers(1);
  for (const [bytes, size] of [
    [1, TINY_BYTES],
    [TINY_BYTES, TINY_BYTES],
    [TINY_BYTES + 1, SMALL_BYTES],
    [SMALL_BYTES, SMALL_BYTES],
    [SMALL_BYTES + 1, LARGE_BYTES],
    [LARGE_BYTES, LARGE_BYTES],
  ] as const) {
    assert.equal(take(bytes).length, size, String(bytes));
  }
});

test('buffers are reused; some of each size are kept', () => {
  const buffers = createBuffers(1);
  for (const bytes of [TINY_BYTES, SMALL_BYTES, LARGE_BYTES]) {
    const [one, two] = [buffers.take(bytes), buffers.take(bytes)];
    assert.notEqual(one, two);
    buffers.giveBack(one);
    buffers.giveBack(two);
    assert.equal(buffers.take(bytes), one);
    assert.notEqual(buffers.take(bytes), two);
  }
});
