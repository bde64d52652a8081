// One fetch at a time in a media/: two writers of one part would each see only their own bytes.
import { join } from 'node:path';
import { withLock } from '../durable/lock.ts';
import { busyMedia, mediaUnwritable } from './fetch-errors.ts';

const NAME = '.fetch.lock';

/**
 * Runs `work` while no other fetch is at work in `media`.
 * @throws {UserError} when another one is, at once: it may take an hour
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

/** Pruning must be possible on a full disk; a download will say what is wrong. */
function isFull(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOSPC';
}
