import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, startProgram } from './program.ts';

test('a program that fails is reported with what it said', async () => {
  await assert.rejects(
    runProgram(['sh', '-c', 'echo no such bridge >&2; exit 3']),
    /no such bridge/,
  );
});

test('a program that takes too long is ended', async () => {
  await assert.rejects(runProgram(['sleep', '60'], { seconds: 0.1 }), /sleep 60: failed/);
});

// The child holds the output open: unless it ends, the parent's end does not count as one.
test('stopping a program stops what it started', { timeout: 20_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-program-'));
  t.after(() => rm(folder, { recursive: true }));
  const log = join(folder, 'log');
  const running = startProgram('parent', ['sh', '-c', 'sleep 60 & echo child; wait'], log);
  await running.said.waitFor(/child\n/, 10);
  await running.stop();
  await assert.rejects(running.said.waitFor(/never/, 10), /ended/);
  assert.equal(await readFile(log, 'utf8'), 'child\n');
});

test('a program that cannot start ends its transcript', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-program-'));
  t.after(() => rm(folder, { recursive: true }));
  const running = startProgram('ghost', ['/nonexistent/ghost'], join(folder, 'log'));
  await running.exited;
  await assert.rejects(running.said.waitFor(/ready/, 10), /ENOENT|ghost ended/);
  await running.stop();
});
