import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createBuiltReader } from './built.ts';

const FOUNDING = { epoch: 1, servers: [], founded: false };
const INVENTORY = { version: 1, httpPort: 80, cluster: 'home', founding: FOUNDING, nodes: [] };

function tree(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-built-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  writeFileSync(join(dist, 'inventory.json'), JSON.stringify(INVENTORY));
  writeFileSync(
    join(dist, 'manifest.json'),
    '{"os/x/initrd":{"size":3},"os/x/homepbp.cpio":{"size":4}}',
  );
  return dist;
}

test('what is shared counts for each system; a file that was replaced is read again', (t) => {
  const dist = tree(t);
  const built = createBuiltReader(dist);
  assert.equal(built()?.expected('x', 'initrd'), 7);
  assert.equal(built(), built());
  writeFileSync(join(dist, 'new'), JSON.stringify({ ...INVENTORY, cluster: 'away' }));
  renameSync(join(dist, 'new'), join(dist, 'inventory.json'));
  assert.equal(built()?.inventory.cluster, 'away');
});

test('a tree that goes, or can no longer be reached, is null until it is back', (t) => {
  const dist = tree(t);
  const built = createBuiltReader(dist);
  renameSync(dist, `${dist}.away`);
  assert.equal(built(), null);
  symlinkSync('dist', dist); // a circle
  assert.equal(built(), null);
  rmSync(dist);
  writeFileSync(dist, 'a file');
  assert.equal(built(), null);
  rmSync(dist);
  renameSync(`${dist}.away`, dist);
  assert.equal(built()?.inventory.cluster, 'home');
});
