// The only writer of dist/. Changed files are staged, renamed into place, then stale ones are
// removed: an error before the renames leaves the old tree as it was, and at any moment each file is
// the complete old or new one.
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_RECORD } from '../../contract/paths.ts';
import { makeFolders } from '../../durable/make-folders.ts';
import { notOurs, writeFailed } from '../build-errors.ts';
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
  /** The contents of `.build.json`, for the shim and the next build; not part of the tree. */
  readonly record: object;
  /** Checks what will be written, before anything is; may throw. */
  readonly check: (changed: readonly OutputFile[]) => void;
}

/** Holds changed files before they are renamed. */
export const STAGING = '.staging';

/**
 * Makes the folder `out` contain exactly `files`, changing only what differs.
 * @throws {UserError} when we did not build `out`, or it cannot be written
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

/** Accepts a new, empty or previously built folder; returns true if empty. */
function claim(out: string): boolean {
  makeFolders(out);
  const names = readdirSync(out);
  if (names.length > 0 && !isOurs(names)) throw notOurs(out);
  return names.length === 0;
}

/**
 * Whether a build made a folder with these entries. Other programs have a manifest.json too, and a
 * killed first build has only its staging folder.
 */
export function isOurs(names: readonly string[]): boolean {
  return names.includes(BUILD_RECORD) || names.includes(STAGING);
}
