// Which processes an interrupted demo ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { below, killDescendants } from './descendants.ts';

test('all processes below one, and no others', () => {
  const parents = new Map([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
  ]);
  assert.deepEqual(below(2, parents), [3, 4]);
});

test('what programs have started is killed with them', { timeout: 60_000 }, async () => {
  const child = spawn('sh', ['-c', 'sleep 600 & echo; wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  killDescendants();
  // Its output is only closed once sleep has ended, too.
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
});
