import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FetchError } from './fetch-errors.ts';
import { limitTo } from './limit.ts';
import { delayAfter, RETRY, withRetries } from './retry.ts';

const SOON = { attempts: 3, firstDelay: 1, maxDelay: 2 };
const passing = () => new FetchError('busy', { retry: true });

test('delays double up to the longest, half of each random', () => {
  const shortest = [1, 2, 3, 9].map((failures) => delayAfter(failures, RETRY, 0, () => 0));
  const longest = [1, 2, 3, 9].map((failures) => delayAfter(failures, RETRY, 0, () => 1));
  assert.deepEqual(shortest, [250, 500, 1000, 7500]);
  assert.deepEqual(longest, [500, 1000, 2000, 15_000]);
});

test("the server's Retry-After counts, within reason", () => {
  assert.equal(
    delayAfter(1, RETRY, 3000, () => 0),
    3000,
  );
  assert.equal(
    delayAfter(1, RETRY, 3_600_000, () => 0),
    15_000,
  );
});

test('failures in a row are counted, not all failures', async () => {
  let attempts = 0;
  const work = async ({ progressed }: { progressed(): void }) => {
    attempts += 1;
    if (attempts === 8) return 'done';
    if (attempts % 2 === 0) progressed();
    throw passing();
  };
  assert.equal(await withRetries(work, SOON), 'done');
});

test('final errors and bugs of ours are not retried', async () => {
  for (const fault of [new FetchError('no'), new TypeError('ours')]) {
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      throw fault;
    };
    await assert.rejects(withRetries(work, SOON), fault);
    assert.equal(attempts, 1);
  }
});

test('an abort ends the waiting', async () => {
  const stop = new AbortController();
  const work = async () => {
    setImmediate(() => stop.abort(new Error('stopped')));
    throw passing();
  };
  const slow = { attempts: 9, firstDelay: 60_000, maxDelay: 60_000 };
  await assert.rejects(withRetries(work, slow, stop.signal), { message: 'stopped' });
});

test('a failure makes room for the next', async () => {
  const limit = limitTo(1);
  const done: number[] = [];
  const works = [1, 2, 3].map((at) =>
    limit(async () => {
      done.push(at);
      if (at === 1) throw new Error('first');
    }),
  );
  const results = await Promise.allSettled(works);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(done, [1, 2, 3]);
});
