// state/published.json: which founding sets some machine may act on. A set is written before the first
// seed with it is sent, so that no crash can lose one.
import { join } from 'node:path';
import {
  PUBLISHED,
  PUBLISHED_LOCK,
  PUBLISHED_WAIT,
  type PublishedFile,
  type PublishedSet,
  parsePublished,
  withSets,
} from '../../contract/published.ts';
import type { LockHolder } from '../../durable/holder.ts';
import { withLock } from '../../durable/lock.ts';
import { readState } from './read-state.ts';
import { busyState, stateNotWritten } from './state-errors.ts';
import { writeState } from './write-state.ts';

export interface Published {
  /**
   * Resolves once all these sets are in the file.
   * @throws {Error} with a readable message when they cannot be written
   */
  add(sets: readonly PublishedSet[]): Promise<void>;
}

/**
 * @param folder the state folder; created when something is to be written
 * @param wait milliseconds to wait for another process that is writing
 * @throws {UserError} when the file is damaged: no seed could be given out
 */
export function openPublished(folder: string, wait = PUBLISHED_WAIT): Published {
  const path = join(folder, PUBLISHED);
  readState(path, parsePublished);
  let last: Promise<void> = Promise.resolve();
  const merge = (sets: readonly PublishedSet[]) =>
    withSets(readState(path, parsePublished)?.sets ?? [], sets);
  // One at a time: each reads what the previous one wrote, and what builds and exports wrote.
  const write = async (sets: readonly PublishedSet[]) => {
    if (merge(sets) === null) return;
    const lock = join(folder, PUBLISHED_LOCK);
    const writeFresh = async () => {
      const all = merge(sets);
      if (all === null) return;
      const file: PublishedFile = { version: 1, sets: all };
      await writeState(path, `${JSON.stringify(file, null, 2)}\n`);
    };
    const options = {
      wait,
      refused: (holder: LockHolder) => busyState(path, holder),
      unwritable: (cause: unknown) => stateNotWritten(lock, cause),
    };
    await withLock(lock, options, writeFresh);
  };
  return {
    add(sets) {
      const added = last.then(() => write(sets));
      last = added.catch(() => {});
      return added;
    },
  };
}
