// One fetch at a time in a media/: two writers of the same part would each see only their own bytes.
import { join } from 'node:path';
import { withLock } from '../durable/lock.ts';
import { busyMedia, mediaUnwritable } from './fetch-errors.ts';

const NAME = '.fetch.lock';

/**
 * Runs `work` while no other fetch runs in `media`.
 * @throws {UserError} at once if another one does, as it may take an hour
 */
export async function exclusively<T>(media: string, work: () => Promise<T>): Promise<T> {
  const path = join(media, NAME);
  return withLock(
    path,
    {
      wait: 0,
      refused: (holder) => busyMedia(media, holder),
      unwritable: (cause) => (isFull(cause) ? null : mediaUnwritable(path, cause)),
    },
    work,
  );
}

/** Pruning must work on a full disk; a download will report it. */
function isFull(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOSPC';
}
