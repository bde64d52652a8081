// The one writer of dist/. First everything that changed is staged beside its place, then it is
// renamed in, then what is stale goes: a fault before the renames leaves the old tree as it was,
// and at any moment each file is the old or the new one, whole.
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_RECORD } from '../../contract/paths.ts';
import { notOurs, writeFailed } from '../errors.ts';
import type { OutputFile } from '../output.ts';
import { findChanged, type LinkMode } from './changed.ts';
import { commit, removeStale } from './commit.ts';
import { stage, writeWhole } from './stage.ts';

export interface WriteResult {
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
}

export interface WriteOptions {
  readonly link: LinkMode;
  /** What `.build.json` says: for the shim and the next build, no part of the tree. */
  readonly record: object;
  /** Looks at what will be written, before anything is; may throw. */
  readonly check: (changed: readonly OutputFile[]) => void;
}

/** Where changed files wait, beside their places. */
export const STAGING = '.staging';

/**
 * Makes the folder `out` hold exactly `files`, touching only what differs.
 * @throws {UserError} when `out` is somebody else's folder, or cannot be written
 */
export async function writeTree(
  out: string,
  files: readonly OutputFile[],
  { link, record, check }: WriteOptions,
): Promise<WriteResult> {
  try {
    const isNew = claim(out);
    const root = realpathSync(out);
    const changed = isNew ? files : await findChanged(root, files, link);
    check(changed);
    const staging = join(root, STAGING);
    try {
      rmSync(staging, { recursive: true, force: true });
      mkdirSync(staging);
      stage(root, staging, changed, link);
      writeWhole(join(staging, BUILD_RECORD), `${JSON.stringify(record, null, 2)}\n`, 0o644);
      commit(root, staging);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
    const wanted = () => new Set(files.map(({ path }) => path));
    const removed = isNew ? 0 : removeStale(root, wanted(), [BUILD_RECORD]);
    return { written: changed.length, unchanged: files.length - changed.length, removed };
  } catch (error) {
    throw writeFailed(out, error);
  }
}

/** A folder is ours when it is new, empty, or has been built before. Says whether it is empty. */
function claim(out: string): boolean {
  mkdirSync(out, { recursive: true });
  const names = readdirSync(out);
  if (names.length > 0 && !isOurs(names)) throw notOurs(out);
  return names.length === 0;
}

/**
 * Whether a folder with these entries was made by a build: other programs have a manifest.json too,
 * and a first build that was killed has not got to its record.
 */
export function isOurs(names: readonly string[]): boolean {
  return names.includes(BUILD_RECORD) || names.includes(STAGING);
}
