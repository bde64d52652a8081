// The one writer of dist/. First everything that changed is staged beside its place, then it is
// renamed in, then what is stale goes: a fault before the renames leaves the old tree as it was,
// and at any moment each file is the old or the new one, whole.
import { constants, type Dirent } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BUILD_RECORD, MANIFEST } from '../contract/paths.ts';
import { linkFailed, notOurs, writeFailed } from './errors.ts';
import { hashFile } from './media-store.ts';
import type { OutputFile } from './tree.ts';

/** How files of media/ get into dist/. */
export const LINK_MODES = ['symlink', 'hardlink', 'copy'] as const;
export type LinkMode = (typeof LINK_MODES)[number];

export interface WriteResult {
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
}

const STAGING = '.staging';

/**
 * Makes the folder `out` hold exactly `files`, touching only what differs.
 * @param record what `.build.json` says: for the shim and the next build, no part of the tree
 * @throws {UserError} when `out` is somebody else's folder, or cannot be written
 */
export async function writeTree(
  out: string,
  files: readonly OutputFile[],
  mode: LinkMode,
  record: object,
): Promise<WriteResult> {
  await claim(out);
  const root = await realpath(out);
  const staging = join(root, STAGING);
  try {
    await rm(staging, { recursive: true, force: true });
    const changed = await stage(root, staging, files, mode, record);
    await commit(root, staging, changed);
    const removed = await removeStale(root, new Set(files.map(({ path }) => path)));
    return { written: changed.length, unchanged: files.length - changed.length, removed };
  } catch (error) {
    throw writeFailed(out, error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A folder is ours when it is new, empty, or has been built before. */
async function claim(out: string) {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw writeFailed(out, error);
  });
  const names = await readdir(out);
  const ours = [MANIFEST, BUILD_RECORD, STAGING].some((name) => names.includes(name));
  if (names.length > 0 && !ours) throw notOurs(out);
}

async function stage(
  root: string,
  staging: string,
  files: readonly OutputFile[],
  mode: LinkMode,
  record: object,
): Promise<string[]> {
  const changed: string[] = [];
  const folders = new Set<string>();
  for (const file of files) {
    if (await isCurrent(root, file, mode)) continue;
    const at = join(staging, file.path);
    if (!folders.has(dirname(at))) await mkdir(dirname(at), { recursive: true });
    folders.add(dirname(at));
    await put(root, file, at, mode);
    changed.push(file.path);
  }
  await mkdir(staging, { recursive: true });
  await writeFile(join(staging, BUILD_RECORD), `${JSON.stringify(record, null, 2)}\n`, 0o644);
  return changed;
}

async function isCurrent(root: string, file: OutputFile, mode: LinkMode): Promise<boolean> {
  const path = join(root, file.path);
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return false;
  if ('target' in file) {
    if (mode === 'symlink') {
      return stats.isSymbolicLink() && (await readlink(path)) === linkText(root, file);
    }
    if (mode === 'hardlink') {
      const source = await lstat(file.target);
      return stats.ino === source.ino && stats.dev === source.dev;
    }
    return stats.isFile() && stats.size === file.size && (await hashFile(path)) === file.sha256;
  }
  const content = Buffer.from(file.content);
  if (!stats.isFile() || stats.size !== content.length) return false;
  return (stats.mode & 0o777) === modeOf(file) && (await readFile(path)).equals(content);
}

async function put(root: string, file: OutputFile, at: string, mode: LinkMode) {
  if (!('target' in file)) await writeFile(at, file.content, modeOf(file));
  else if (mode === 'symlink') await symlink(linkText(root, file), at);
  else if (mode === 'copy') await copyFile(file.target, at, constants.COPYFILE_FICLONE);
  else {
    await link(file.target, at).catch((error: unknown) => {
      throw linkFailed(file.target, error);
    });
  }
}

/** Relative, so that dist/ and media/ can move together. */
function linkText(root: string, file: { readonly path: string; readonly target: string }): string {
  return relative(dirname(join(root, file.path)), file.target);
}

function modeOf(file: OutputFile): number {
  return 'secret' in file && file.secret === true ? 0o600 : 0o644;
}

/** Creates the file with its permissions from the first byte on, whatever the umask. */
async function writeFile(path: string, content: string | Uint8Array, mode: number) {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
}

/** What machines are led to comes before what leads them there; the manifest comes last. */
function rank(path: string): number {
  if (path === MANIFEST) return 4;
  if (path.endsWith('boot.ipxe')) return path.includes('/') ? 2 : 3;
  return path.startsWith('os/') || path.startsWith('k3s/') ? 0 : 1;
}

async function commit(root: string, staging: string, changed: readonly string[]) {
  await rename(join(staging, BUILD_RECORD), join(root, BUILD_RECORD));
  const folders = new Set<string>();
  for (const path of [...changed].sort((a, b) => rank(a) - rank(b))) {
    const at = join(root, path);
    if (!folders.has(dirname(at))) await makeFolder(root, dirname(path));
    folders.add(dirname(at));
    await rename(join(staging, path), at).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EISDIR' && error.code !== 'ENOTEMPTY') throw error;
      await rm(at, { recursive: true });
      await rename(join(staging, path), at);
    });
  }
}

/** A stale file may stand where a folder must be. */
async function makeFolder(root: string, folder: string) {
  await mkdir(join(root, folder), { recursive: true }).catch(
    async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'ENOTDIR') throw error;
      const steps = folder.split('/');
      for (const [index] of steps.entries()) {
        const part = join(root, ...steps.slice(0, index + 1));
        const stats = await lstat(part).catch(() => null);
        if (stats !== null && !stats.isDirectory()) await rm(part);
      }
      await mkdir(join(root, folder), { recursive: true });
    },
  );
}

async function removeStale(root: string, wanted: ReadonlySet<string>): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent) =>
    relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
  const stale = entries
    .map((entry) => ({ path: pathOf(entry), folder: entry.isDirectory() }))
    .filter(
      ({ path }) => path !== BUILD_RECORD && path !== STAGING && !path.startsWith(`${STAGING}/`),
    )
    .filter(({ path, folder }) => folder || !wanted.has(path));
  for (const { path, folder } of stale) if (!folder) await rm(join(root, path));
  const folders = stale.filter(({ folder }) => folder).map(({ path }) => path);
  for (const path of folders.sort().reverse()) await removeIfEmpty(join(root, path));
  return stale.length - folders.length;
}

async function removeIfEmpty(folder: string) {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
