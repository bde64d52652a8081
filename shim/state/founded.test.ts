import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLatch } from './founded.ts';

const NOW = new Date('2026-01-02T10:00:00Z');

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-latch-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('only one of two founders closes it, even through different shims', async (t) => {
  const folder = scratch(t);
  const [one, two] = [openLatch(folder), openLatch(folder)];
  const said = await Promise.all([one.close('a', 1, NOW), two.close('b', 1, NOW)]);
  assert.deepEqual([...said].sort(), ['closed', 'other']);
  assert.equal(one.read()?.node, said[0] === 'closed' ? 'a' : 'b');
  assert.deepEqual(readdirSync(folder), ['founded.json'], 'no part is left');
});

test('a later epoch has its own founder; an older one can no longer be founded', async (t) => {
  const latch = openLatch(scratch(t));
  assert.equal(latch.read(), null);
  assert.equal(await latch.close('a', 1, NOW), 'closed');
  assert.equal(await latch.close('a', 1, NOW), 'closed', 'said again');
  assert.equal(await latch.close('b', 2, NOW), 'closed');
  assert.equal(await latch.close('a', 1, NOW), 'older');
  assert.deepEqual(latch.read(), { version: 1, epoch: 2, node: 'b', at: NOW.toISOString() });
});
