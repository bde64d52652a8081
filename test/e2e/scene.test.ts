import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NO_IMAGE } from './image.ts';
import { openScene } from './scene.ts';

async function openTrial(t: TestContext) {
  const logs = await mkdtemp(join(tmpdir(), 'homepbp-logs-'));
  t.after(() => rm(logs, { recursive: true }));
  return openScene(NO_IMAGE, logs);
}

test('closing undoes the last thing first, all of it also when one fails, and once', async (t) => {
  const scene = await openTrial(t);
  const undone: string[] = [];
  scene.defer(async () => void undone.push('lan'));
  scene.defer(() => Promise.reject(new Error('dnsmasq would not stop')));
  scene.defer(async () => void undone.push('qemu'));
  await assert.rejects(scene.close(), /dnsmasq would not stop/);
  await assert.rejects(scene.close(), /dnsmasq would not stop/);
  assert.deepEqual(undone, ['qemu', 'lan']);
  assert.ok(!existsSync(scene.scratch));
});

test('what is started while the scene closes is undone too', async (t) => {
  const scene = await openTrial(t);
  const undone: string[] = [];
  const closing = scene.close();
  scene.defer(async () => void undone.push('late'));
  await closing;
  await scene.close();
  assert.deepEqual(undone, ['late']);
});

test('logs of the run before are gone, scratch is empty', async (t) => {
  const logs = await mkdtemp(join(tmpdir(), 'homepbp-logs-'));
  t.after(() => rm(logs, { recursive: true }));
  await writeFile(join(logs, 'console.log'), 'old');
  const scene = await openScene(NO_IMAGE, logs);
  assert.ok(!existsSync(join(logs, 'console.log')));
  await scene.close();
});
