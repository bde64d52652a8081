import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asset } from './media.ts';
import { makeSystem } from './system-plan.ts';

const BOOT = ['vmlinuz', 'initrd', 'rootfs.squashfs'];
const LAYER = new Uint8Array(3);

/** Files that were fetched, and ones that the lock knows by an https URL only. */
function assets(here: readonly string[], pinned: readonly string[] = []): Asset[] {
  const file = { size: 7, sha256: 'ab'.repeat(32) };
  return [
    ...here.map((name) => ({ ...file, name, local: `/media/${name}`, url: null })),
    ...pinned.map((name) => ({ ...file, name, local: null, url: `https://x.example/${name}` })),
  ];
}

const lacks = (known: readonly Asset[], layer: Uint8Array | null = LAYER) => {
  const system = makeSystem('24.04-amd64', known, layer);
  assert.equal(system.missing === null, system.lacks.length === 0);
  return system.lacks;
};

test('what a boot lacks, in the order in which machines need it', () => {
  assert.deepEqual(lacks([], null), ['kernel', 'initrd', 'root image', 'busybox']);
  assert.deepEqual(lacks(assets(BOOT), null), ['busybox']);
  assert.deepEqual(lacks(assets(BOOT)), []);
  assert.deepEqual(lacks(assets(['vmlinuz'])), ['initrd', 'root image']);
});

test('what machines cannot load from its publisher is lacking, and firmware never is', () => {
  const pinned = ['debs/a.deb', 'debs/b.deb', 'rootfs.squashfs', 'firmware/c.deb'];
  assert.deepEqual(lacks(assets(['vmlinuz', 'initrd'], pinned)), ['root image', 'kernel modules']);
  assert.deepEqual(lacks(assets(['rootfs.squashfs'], ['vmlinuz', 'initrd'])), [], 'iPXE loads it');
});
