import assert from 'node:assert/strict';
import { test } from 'node:test';
import { k3sFiles, k3sVersion } from './k3s.ts';
import type { Asset } from './media.ts';

const VERSION = 'v1.36.3+k3s1';
const asset = (name: string): Asset => ({
  name,
  size: 7,
  sha256: 'ab'.repeat(32),
  local: null,
  url: `https://github.example/${name}`,
});

test('a channel is the release that fetch resolved; an exact one needs no fetch', () => {
  assert.equal(k3sVersion('stable', {}), null);
  assert.equal(k3sVersion('stable', { 'k3s stable': VERSION }), VERSION);
  assert.equal(k3sVersion('v1.34', { 'k3s v1.34': 'v1.34.10+k3s1' }), 'v1.34.10+k3s1');
  assert.equal(k3sVersion(VERSION, {}), VERSION);
});

test("a node gets the files of its architecture, the binary under k3s' own name", () => {
  const names = ['k3s-amd64', 'k3s-arm64', 'k3s-airgap-images-amd64.tar.zst'];
  const files = k3sFiles(VERSION, names.map(asset), 'amd64');
  assert.deepEqual(
    files.map(({ path, url_path }) => [path, url_path]),
    [
      [`${VERSION}/k3s`, 'k3s/v1.36.3-k3s1/k3s-amd64'],
      [
        `${VERSION}/k3s-airgap-images-amd64.tar.zst`,
        'k3s/v1.36.3-k3s1/k3s-airgap-images-amd64.tar.zst',
      ],
    ],
  );
  assert.deepEqual(k3sFiles(VERSION, [asset('k3s-airgap-images-amd64.tar.zst')], 'amd64'), []);
});
