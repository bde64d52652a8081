import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packLayer } from './layer.ts';
import { readPayload } from './shipped-files.ts';

test('the layer starts with an archive that is not compressed, and holds what its kernel line names', async () => {
  const layer = Buffer.from(packLayer(await readPayload(), Buffer.from('\x7fELF')));
  assert.equal(layer.toString('latin1', 0, 6), '070701');
  for (const path of ['homepbp/init', 'homepbp/bin/busybox', 'homepbp/steps/network.sh']) {
    assert.ok(layer.includes(`${path}\0`), path);
  }
});

test('none of our paths is also in an initrd: a later archive would win', async () => {
  const paths = (await readPayload()).map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !path.startsWith('homepbp/')),
    [],
  );
});
