import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Reader, readerOf } from './read.ts';

/** A reader of the text `0123456789` whose direct reads take as long as `took` says. */
async function trial(t: TestContext, took: () => number): Promise<Reader> {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-read-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '0123456789');
  const handle = await open(join(folder, 'file'));
  t.after(() => handle.close());
  let clock = 0;
  let asked = 0;
  // Asked twice for each direct read: before and after.
  return readerOf(handle, () => {
    asked += 1;
    clock += asked % 2 === 0 ? took() : 0;
    return clock;
  });
}

/** How many of the next reads go through the pool before one is direct. */
async function pooled({ read }: Pick<Reader, 'read'>): Promise<number> {
  for (let count = 0; ; count++) {
    const reading = read(Buffer.alloc(4), 0);
    assert.equal(await reading, 4);
    if (typeof reading === 'number') return count;
  }
}

test('what is in memory is read at once, to the end of the file', async (t) => {
  const { read } = await trial(t, () => 0.1);
  const buffer = Buffer.alloc(4);
  assert.equal(read(buffer, 3), 4);
  assert.equal(buffer.toString(), '3456');
  assert.equal(read(buffer, 8), 2);
  assert.equal(read(buffer, 10), 0);
});

test('after a slow read the pool reads for a while, longer each time that does not help', async (t) => {
  const reader = await trial(t, () => 10);
  const counts: number[] = [];
  for (let turn = 0; turn < 9; turn++) counts.push(await pooled(reader));
  assert.deepEqual(counts, [0, 4, 8, 16, 32, 64, 128, 256, 256]);
});

test('a single slow read, as on a busy machine, is soon forgotten', async (t) => {
  let slow = true;
  const reader = await trial(t, () => (slow ? 10 : 0.1));
  for (const count of [0, 4, 8]) assert.equal(await pooled(reader), count);
  slow = false;
  assert.equal(await pooled(reader), 16);
  for (let turn = 0; turn < 40; turn++) assert.equal(await pooled(reader), 0);
  slow = true;
  assert.equal(await pooled(reader), 0);
  assert.equal(await pooled(reader), 4);
});

test('this thread handles more and more at once, little after slow work, and nothing while the pool reads', async (t) => {
  let ms = 0.1;
  const { atOnce, timed, read } = await trial(t, () => ms);
  const KIB = 1024;
  const seen: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    seen.push(atOnce() / KIB);
    assert.equal(
      timed(() => 'done'),
      'done',
    );
  }
  assert.deepEqual(seen, [128, 256, 512, 1024, 1024]);
  ms = 10;
  timed(() => {});
  for (let turn = 0; turn < 4; turn++) {
    assert.equal(atOnce(), 0);
    await read(Buffer.alloc(4), 0);
  }
  assert.equal(atOnce(), 128 * KIB);
});
