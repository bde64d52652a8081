import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNear, wakefulness } from './wakefulness.ts';

/** Turns of the event loop until it would sleep, if each clock reading takes this long. */
async function turns(lookMs: number, calls: number, worthwhile = true): Promise<number> {
  let looks = 0;
  const stayAwake = wakefulness(
    () => {
      looks += 1;
      return looks * lookMs;
    },
    () => worthwhile,
  );
  for (let n = 0; n < calls; n += 1) stayAwake();
  const before = looks;
  const immediates = () =>
    process.getActiveResourcesInfo().filter((what) => what === 'Immediate').length;
  while (immediates() > 0)
    await new Promise((resolve) => process.nextTick(() => setTimeout(resolve)));
  return looks - before;
}

test('the loop spins for a fifth of a millisecond and then may sleep', async () => {
  assert.equal(await turns(0.05, 1), 4);
});

test('many packets keep one immediate, not one each', async () => {
  assert.equal(await turns(0.05, 100), 4);
});

test('it does nothing when it is not worthwhile', async () => {
  assert.equal(await turns(0.05, 1, false), 0);
});

test('answers that take longer than it stays awake are not waited for this way', () => {
  assert.deepEqual([null, 0.05, 0.3, 20].map(isNear), [true, true, false, false]);
});
