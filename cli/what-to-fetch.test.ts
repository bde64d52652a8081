import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { InventoryMedia } from './media-needs.ts';
import { toFetchText, whatToFetch } from './what-to-fetch.ts';

const OS = 'os/24.04-amd64';
const SYSTEM = { release: '24.04', arch: 'amd64', kernel: 'ga', firmware: true } as const;

/** An inventory's media with these files in its lock, and a media/ that has none of them. */
function project(t: TestContext, sizes: Readonly<Record<string, number>>) {
  const media = mkdtempSync(join(tmpdir(), 'homepbp-what-'));
  t.after(() => rmSync(media, { recursive: true }));
  const files = Object.entries(sizes).map(([path, size]) => {
    const member = path.includes('firmware/a') ? { archive: 'x', name: 'a' } : undefined;
    return [path, { size, sha256: 'ab', url: 'https://x.example', ...(member && { member }) }];
  });
  const resolved = files.length === 0 ? {} : { 'os 24.04-amd64': '2025', 'k3s stable': 'v1' };
  const inventory = {
    inventory: 'nodes.yaml',
    needs: {
      ...{ systems: [SYSTEM], k3s: 'stable', archs: ['amd64'], keys: [] },
      ...{ ipxe: true, busybox: ['amd64'] },
    },
    isCustom: false,
    lockPath: '',
    lock: { version: 2, resolved, files: Object.fromEntries(files), keys: {}, dates: {} },
  } as const satisfies InventoryMedia;
  const write = (path: string, size: number) => {
    mkdirSync(dirname(join(media, path)), { recursive: true });
    writeFileSync(join(media, path), Buffer.alloc(size));
  };
  return { inventory, media, write, find: () => whatToFetch(inventory, media) };
}

const PINNED = {
  [`${OS}/vmlinuz`]: 10,
  [`${OS}/initrd`]: 20,
  [`${OS}/rootfs.squashfs`]: 300,
  [`${OS}/firmware/a`]: 4000,
  'k3s/v1/k3s-amd64': 70,
  'ipxe/undionly.kpxe': 5,
};

test('what no lock knows is estimated', (t) => {
  const found = project(t, {}).find();
  assert.deepEqual(found.what, ['Ubuntu 24.04 for amd64', 'k3s stable']);
  assert.equal(found.isExact, false);
  assert.equal(
    toFetchText(found),
    'Ubuntu 24.04 for amd64 and k3s stable (about 1.4 GB, 2 min at 100 Mbit/s)',
  );
});

test('what is pinned is counted, unless it is there or is unpacked from something else', (t) => {
  const { find, write } = project(t, PINNED);
  const what = ['Ubuntu 24.04 for amd64', 'k3s stable'];
  assert.deepEqual(find(), { what, bytes: 400, isExact: true });
  write('k3s/v1/k3s-amd64', 70);
  write(`${OS}/initrd`, 19);
  assert.deepEqual(find(), { what: what.slice(0, 1), bytes: 330, isExact: true });
  assert.equal(
    toFetchText(find()),
    'Ubuntu 24.04 for amd64 (330 B, less than a minute at 100 Mbit/s)',
  );
});

test('nothing is asked for small things alone', (t) => {
  const { find, write } = project(t, PINNED);
  for (const [path, size] of Object.entries(PINNED))
    if (!path.startsWith('ipxe')) write(path, size);
  assert.deepEqual(find(), { what: [], bytes: 0, isExact: true });
});
