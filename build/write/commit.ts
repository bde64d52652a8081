// Renames staged files into place, so that each is the old or the new one at any moment, and removes
// stale ones.
import { type Dirent, lstatSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BOOT_SCRIPT } from '../../contract/paths.ts';
import { publishRank } from '../publish-order.ts';

/** The entries at the top of a tree in the order to rename them. */
export function inOrder(names: readonly string[]): string[] {
  return [...names].sort((a, b) => publishRank(a) - publishRank(b));
}

/** Moves everything below `staging` to the same place below `root`. */
export function commit(root: string, staging: string) {
  for (const name of inOrder(readdirSync(staging))) move(join(staging, name), join(root, name));
}

/** A new folder moves as a whole; the entries of an existing one move one by one. */
function move(from: string, to: string) {
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there !== undefined && lstatSync(from).isDirectory()) {
    if (there.isDirectory()) return moveEntries(from, to);
    rmSync(to); // a stale file where a folder belongs
  } else if (there?.isDirectory()) {
    rmSync(to, { recursive: true }); // a stale folder where a file belongs
  }
  renameSync(from, to);
}

function moveEntries(from: string, to: string) {
  for (const name of scriptLast(readdirSync(from))) move(join(from, name), join(to, name));
}

/** The entries of a folder in rename order: a node's script refers to its other files. */
export function scriptLast(names: readonly string[]): string[] {
  const isScript = (name: string) => Number(name === BOOT_SCRIPT);
  return [...names].sort((a, b) => isScript(a) - isScript(b));
}

/**
 * Removes all unwanted files below `root`, and folders that become empty.
 * @param keep paths outside the tree that stay
 * @returns how many files were removed
 */
export function removeStale(
  root: string,
  wanted: ReadonlySet<string>,
  keep: readonly string[],
): number {
  let removed = 0;
  /** Whether the folder is empty afterwards. */
  const sweep = (folder: string): boolean => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries
      .map((entry) => isGone(folder === '' ? entry.name : `${folder}/${entry.name}`, entry))
      .every(Boolean);
  };
  const isGone = (path: string, entry: Dirent): boolean => {
    if (wanted.has(path) || keep.includes(path)) return false;
    if (!entry.isDirectory()) {
      rmSync(join(root, path));
      removed += 1;
    } else if (sweep(path)) {
      rmdirSync(join(root, path));
    } else {
      return false;
    }
    return true;
  };
  sweep('');
  return removed;
}
