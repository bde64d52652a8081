// examples/: inventories to start from. Each builds, without a warning about what it says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUSYBOX_FOLDERS } from './fixtures/busybox.ts';
import { generateProject } from './project.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');
/** Someone with a usual ssh key, as `keys: auto` expects. */
const HOME = join(import.meta.dirname, 'goldens/one-node-defaults/home');
const SECRETS = join(import.meta.dirname, 'fixtures/secrets');
/** While their releases have support. */
const TODAY = new Date('2026-11-01');

test('the documents speak of five examples', () => {
  assert.equal(readdirSync(EXAMPLES).length, 5);
});

for (const name of readdirSync(EXAMPLES)) {
  test(`examples/${name} builds`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: TODAY });
    const inventory = join(EXAMPLES, name, 'nodes.yaml');
    const { files, remarks } = await generateProject({
      inventory,
      media: '/nowhere',
      secrets: SECRETS,
      home: HOME,
      ipxeFolders: [],
      payload: [{ path: 'homepbp/x', mode: 0o644, content: Buffer.from('#\n') }],
      busyboxFolders: BUSYBOX_FOLDERS,
      page: new Map(),
    });
    const scripts = files.filter(({ path }) => /^nodes\/.*\/boot\.ipxe$/.test(path));
    const macs = readFileSync(inventory, 'utf8').match(/52:54:00:12:34:../g) ?? [];
    assert.equal(scripts.length, macs.length);
    assert.deepEqual(
      remarks.filter((remark) => !remark.includes('fetch')),
      [],
    );
  });
}
