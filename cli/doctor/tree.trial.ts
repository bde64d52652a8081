// For tests: a small built tree, and what doctor says of a web server that has it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseInventoryFile } from '../../contract/inventory.ts';
import { publishedName } from '../../contract/paths.ts';
import { readManifest } from './built-tree.ts';
import { findingText } from './finding.ts';
import { checkHttp } from './http.ts';

export const MAC = '52-54-00-12-34-01';

/** Path → text. */
export const FILES: Readonly<Record<string, string>> = {
  'boot.ipxe': '#!ipxe\n',
  'index.html': '<!doctype html><title>HomePBP</title>',
  'tftp/boot.ipxe': '#!ipxe\n',
  'tftp/undionly.kpxe': 'u'.repeat(70_000),
  'tftp/snponly.efi': `${'s'.repeat(1456)}\0iPXE\x002.0.0\0`,
  'os/24.04-amd64/vmlinuz': 'linux',
  'os/24.04-amd64/initrd': 'initrd',
  'os/24.04-amd64/rootfs.squashfs': 'root'.repeat(2000),
  [`k3s/${publishedName('v1.34.1+k3s1')}/k3s-amd64`]: 'k3s',
  [`nodes/${MAC}/boot.ipxe`]: '#!ipxe\n',
  [`nodes/${MAC}/user-data`]: 'the secret',
};

/** A project with a built tree; removed when the test ends. */
export function makeProject(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-doctor-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const [path, content] of Object.entries(FILES)) write(`dist/${path}`, content);
  const sizes = Object.entries(FILES).map(([path, { length: size }]) => [path, { size }]);
  write('dist/manifest.json', JSON.stringify(Object.fromEntries(sizes)));
  const node = { name: 'n1', macs: [MAC], arch: 'amd64', role: 'server', boot: 'live' };
  const nodes = [{ ...node, os: '24.04-amd64' }];
  const founding = { epoch: 1, servers: ['n1'], founded: false };
  const inventory = { version: 1, httpPort: 8080, cluster: 'home', founding, nodes };
  write('dist/inventory.json', JSON.stringify(inventory));
  return { folder, dist: join(folder, 'dist'), inventory: JSON.stringify(inventory), write };
}

/** What doctor says of the tree at `base`, as it prints it. */
export async function sayOf(
  { dist, inventory }: Pick<ReturnType<typeof makeProject>, 'dist' | 'inventory'>,
  base: string,
  isHere = false,
): Promise<string> {
  const served = { base, isHere, dist, inventory: parseInventoryFile(inventory, '') };
  const findings = await checkHttp({ ...served, manifest: readManifest(dist) });
  return findings.map((finding) => findingText(finding)).join('');
}
