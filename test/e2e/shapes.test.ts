import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_IMAGE } from './image.ts';
import { openScene, type Scene } from './scene.ts';
import { shapedCases } from './shapes.ts';

test('a shaped case boots that initrd, and leaves the rest of the scene as it is', async (t) => {
  const logs = await mkdtemp(join(tmpdir(), 'homepbp-logs-'));
  t.after(() => rm(logs, { recursive: true }));
  const image = { ...NO_IMAGE, kernel: 'k', initrd: 'i', initrds: { ubuntu: 'u', dracut: 'd' } };
  const scene = await openScene(image, logs);
  t.after(() => scene.close());
  const seen: string[] = [];
  const look = async ({ image, scratch }: Scene) => {
    seen.push(`${image.kernel} ${image.initrd} ${scratch === scene.scratch}`);
    return 0;
  };
  const cases = shapedCases({ one: { run: look }, other: { run: look } }, ['one']);
  assert.deepEqual(Object.keys(cases), ['one-ubuntu', 'one-dracut']);
  for (const { run } of Object.values(cases)) await run(scene);
  assert.deepEqual(seen, ['k u true', 'k d true']);
});
