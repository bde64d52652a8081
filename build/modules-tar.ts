// A folder of kernel modules → a reproducible tar that the initramfs unpacks.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { create } from 'tar';

/**
 * The /lib/modules/<version> folder in `folder`: itself or its only one. A module tree has
 * `modules.order`, `modules.dep` or `kernel/`. Null when there is none, or several.
 */
export function findModuleTree(folder: string): string | null {
  const candidates = [resolve(folder), ...subfolders(folder)].filter((path) =>
    ['modules.order', 'modules.dep', 'kernel'].some((name) => existsSync(join(path, name))),
  );
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

function subfolders(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(resolve(folder), name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** Packs a module tree as `lib/modules/<version>/…` into the file `out`. */
export async function packModules(tree: string, out: string): Promise<void> {
  const parent = dirname(tree);
  const files = (await readdir(tree, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(parent.length + 1))
    .sort();
  await create(
    { file: out, cwd: parent, prefix: 'lib/modules', portable: true, noMtime: true },
    files,
  );
}
