// What the demo keeps in its folder, and what it removes.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  checkFolder,
  empty,
  folderAt,
  readKept,
  removeFolder,
  removeIfBare,
  tidy,
  writeKept,
  writeOrders,
} from './folder.ts';

async function scratchOf(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'homepbp-demo-test-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('a demo that ends without a cluster leaves nothing; one with a cluster, its disks and the key to them', async (t) => {
  const path = await scratchOf(t);
  const folder = folderAt(join(path, 'demo'));
  const begin = async () => {
    await empty(folder);
    for (const name of ['shelf-1.img', 'person', 'person.pub', 'nodes.yaml'])
      await writeFile(join(folder.work, name), '');
    await writeOrders(folder, '/nowhere');
  };
  await begin();
  await tidy(folder, false);
  assert.deepEqual(await readdir(path), []);
  await begin();
  const kept = { system: { kind: 'stand-in' }, machines: 1, cluster: '42' } as const;
  await writeKept(folder, kept);
  await tidy(folder, false);
  assert.deepEqual((await readdir(folder.path)).sort(), ['kept.json', 'work']);
  assert.deepEqual((await readdir(folder.work)).sort(), ['person', 'person.pub', 'shelf-1.img']);
  assert.deepEqual(await readKept(folder), kept);
});

test("a folder with somebody's files is refused, and never removed", async (t) => {
  const path = await scratchOf(t);
  const folder = folderAt(path);
  await checkFolder(folder);
  await writeFile(join(path, 'thesis.txt'), '');
  await assert.rejects(checkFolder(folder), /holds other files.*thesis\.txt\n {2}hint/);
  await removeFolder(folder);
  await removeIfBare(folder);
  assert.deepEqual(await readdir(path), ['thesis.txt']);
});
