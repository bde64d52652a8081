import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readTree } from './read-tree.ts';

const INVENTORY = {
  ...{ version: 1, httpPort: 8080, cluster: 'home', nodes: [] },
  founding: { epoch: 1, servers: [], founded: false },
};

/** A server with these files. */
function serve(t: TestContext, files: Readonly<Record<string, string>>) {
  t.mock.method(globalThis, 'fetch', async (path: string) => new Response(files[path]));
}

test('what the build wrote is read', async (t) => {
  const manifest = { 'index.html': { size: 5, sha256: 'ab' } };
  serve(t, {
    'inventory.json': JSON.stringify(INVENTORY),
    'manifest.json': JSON.stringify(manifest),
  });
  assert.deepEqual(await readTree(), { inventory: INVENTORY, manifest });
});

test('a damaged file is named, with the place and what to do', async (t) => {
  const files = { 'inventory.json': JSON.stringify(INVENTORY), 'manifest.json': '{"a":{}}' };
  serve(t, files);
  await assert.rejects(readTree(), {
    message: 'manifest.json is damaged: a.size is missing; run ./homepbp build',
  });
  serve(t, { ...files, 'inventory.json': '<!doctype html>' });
  await assert.rejects(readTree(), {
    message: 'inventory.json is damaged: not valid JSON; run ./homepbp build',
  });
});
