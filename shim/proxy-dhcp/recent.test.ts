import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

test('a packet is known for a moment, counted from when it first came', () => {
  const recent = new Recent();
  assert.equal(recent.has('a', 0), false);
  assert.equal(recent.has('a', 200), true);
  assert.equal(recent.has('b', 200), false);
  assert.equal(recent.has('a', 300), false);
  assert.equal(recent.has('a', 301), true);
});

test('forged packets do not fill the memory', () => {
  const recent = new Recent();
  for (let index = 0; index < 10_000; index += 1) recent.has(String(index), 0);
  assert.ok(recent.size <= 1024);
  assert.equal(recent.has('9999', 1), true);
});
