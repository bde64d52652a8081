import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readInventoryMedia } from './media-needs.ts';

function needs(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-needs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'nodes.yaml');
  writeFileSync(path, text);
  return readInventoryMedia(path).needs;
}

const NODES = `nodes:
  - { name: a, mac: 52-54-00-00-00-01 }
  - { name: b, mac: 52-54-00-00-00-02, removed: true, arch: arm64 }
`;

test('a busybox for each architecture of the present nodes', (t) => {
  assert.deepEqual(needs(t, NODES).busybox, ['amd64']);
  const both = NODES.replace('removed: true, ', '');
  assert.deepEqual(needs(t, both).busybox, ['amd64', 'arm64']);
  assert.deepEqual(needs(t, `defaults: { arch: arm64 }\n${NODES}`).busybox, ['arm64']);
});

test('a custom system needs one too, unless it sets its own', (t) => {
  const custom = (more: string) =>
    `os: { custom: { kernel: k, initrd: i, rootfs: r${more} } }\n${NODES.replace(', arch: arm64', '')}`;
  assert.deepEqual(needs(t, custom('')).busybox, ['amd64']);
  assert.deepEqual(needs(t, custom(', busybox: b')).busybox, []);
});
