// state/published.json: which founding sets some machine may act on. A set is written down before the
// first seed that tells of it leaves, so that no crash can lose one.
import { join } from 'node:path';
import { withPidFile } from '../../contract/pid-file.ts';
import {
  PUBLISHED,
  PUBLISHED_PID,
  PUBLISHED_TIMES,
  type PublishedFile,
  type PublishedSet,
  parsePublished,
  withSets,
} from '../../contract/published.ts';
import { stateNotWritten } from './errors.ts';
import { readState } from './read-state.ts';
import { replaceFile } from './replace-file.ts';

export interface Published {
  /**
   * Resolves once all these sets are in the file.
   * @throws {Error} with words for people when they cannot be
   */
  add(sets: readonly PublishedSet[]): Promise<void>;
}

/**
 * @param folder the state folder; made when something is to be written
 * @throws {UserError} when what is in the file is damaged: no seed could be given away
 */
export function openPublished(folder: string): Published {
  const path = join(folder, PUBLISHED);
  readState(path, parsePublished);
  let last: Promise<void> = Promise.resolve();
  const merge = (sets: readonly PublishedSet[]) =>
    withSets(readState(path, parsePublished)?.sets ?? [], sets);
  // One at a time: each reads what the one before wrote, and what builds and exports did.
  const write = async (sets: readonly PublishedSet[]) => {
    if (merge(sets) === null) return;
    const mark = join(folder, PUBLISHED_PID);
    const writeFresh = async () => {
      const all = merge(sets);
      if (all === null) return;
      const file: PublishedFile = { version: 1, sets: all };
      await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`);
    };
    await withPidFile(mark, PUBLISHED_TIMES, writeFresh, (cause) => stateNotWritten(mark, cause));
  };
  return {
    add(sets) {
      const added = last.then(() => write(sets));
      last = added.catch(() => {});
      return added;
    },
  };
}
