// For tests: a built tree, and where it is exported to.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { sha256 } from '../output.ts';
import { type ExportOptions, exportTree } from './export.ts';
import { EXPORT_RECORD } from './record.ts';

export const MAC = '52-54-00-12-34-01';
export const KERNEL = 'os/24.04-amd64/vmlinuz';
export const USER_DATA = `nodes/${MAC}/user-data`;
/** Path → text; what starts with `media:` is a link. */
export const TREE: Readonly<Record<string, string>> = {
  'boot.ipxe': 'chain nodes/',
  'unknown.ipxe': 'unknown',
  'inventory.json': '{}',
  [KERNEL]: 'media:kernel',
  'os/24.04-amd64/debs/linux-modules.deb': 'media:modules',
  'k3s/v1.34.1-k3s1/k3s-amd64': 'media:k3s',
  [`nodes/${MAC}/boot.ipxe`]: 'kernel',
  [USER_DATA]: 'token: secret',
  'tftp/undionly.kpxe': 'program',
};

/** A built tree with links into media/, and an empty folder to export it to. */
export function openTrial(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dist = join(folder, 'dist');
  const dir = join(folder, 'nas');
  const write = (tree: Readonly<Record<string, string>>) => {
    rmSync(dist, { recursive: true, force: true });
    for (const [path, text] of Object.entries(tree)) writeEntry(folder, dist, path, text);
    const entries = Object.entries(tree).map(([path, text]) => {
      const size = text.replace('media:', '').length;
      const hash = path === USER_DATA ? {} : { sha256: sha256(text.replace('media:', '')) };
      return [path, { size, ...hash }];
    });
    writeFileSync(join(dist, 'manifest.json'), JSON.stringify(Object.fromEntries(entries)));
    writeFileSync(join(dist, '.build.json'), '{}');
  };
  write(TREE);
  const run = (options?: ExportOptions) => exportTree(dist, dir, options);
  return { folder, dist, dir, write, run };
}

function writeEntry(folder: string, dist: string, path: string, text: string) {
  const at = join(dist, path);
  mkdirSync(dirname(at), { recursive: true });
  if (!text.startsWith('media:')) return writeFileSync(at, text, { mode: 0o600 });
  const target = join(folder, 'media', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text.slice('media:'.length));
  symlinkSync(target, at);
}

/** Path → content of every file but the record. */
export function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => path !== EXPORT_RECORD && path !== '.build.json')
    .sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
