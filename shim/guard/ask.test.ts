import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAsker } from './ask.ts';

/** Runs that end on demand, in the order in which they were started. */
function runs() {
  const ends: ((output: string) => void)[] = [];
  const run = () => new Promise<string>((resolve) => ends.push(resolve));
  return { run, ends };
}

test('an answer is never older than its question, with one process at a time', async () => {
  const { run, ends } = runs();
  const ask = createAsker(run);
  const first = ask('ip', ['neigh']);
  const later = [ask('ip', ['neigh']), ask('ip', ['neigh']), ask('ip', ['neigh'])];
  assert.equal(ends.length, 1);
  ends[0]?.('first');
  assert.equal(await first, 'first');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ends.length, 2);
  ends[1]?.('second');
  assert.deepEqual(await Promise.all(later), ['second', 'second', 'second']);
});

test('too many different questions get no answer', async () => {
  const { run, ends } = runs();
  const ask = createAsker(run, 2);
  const asked = [ask('a', []), ask('b', [])];
  assert.equal(await ask('c', []), '');
  for (const end of ends) end('yes');
  assert.deepEqual(await Promise.all(asked), ['yes', 'yes']);
});

test('a program that is missing or fails gives empty output', async () => {
  const ask = createAsker();
  assert.equal(await ask('homepbp-no-such-program', []), '');
  assert.equal(await ask('sh', ['-c', 'echo partial; exit 1']), '');
  assert.equal(await ask('sh', ['-c', 'echo whole']), 'whole\n');
});
