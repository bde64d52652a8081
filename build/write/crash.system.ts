// The killed builds of crash.test.ts, at more moments.
import { test } from 'node:test';
import { killBuilds } from './crash.trial.ts';

/** mulberry32: the kills of a failing run come again with the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test('a build that is killed at any of ten moments', (t) => {
  const next = random(20261124);
  const delays = Array.from({ length: 10 }, () => next() * 60);
  return killBuilds(t, 100, delays);
});
