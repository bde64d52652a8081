// media.lock.json as a file.
import { dirname } from 'node:path';
import { MEDIA_LOCK_VERSION, type MediaLock, mediaLockSchema } from '../contract/media-lock.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { replaceFile } from '../durable/replace-file.ts';
import { mediaUnwritable } from './fetch-errors.ts';

/** The same lock gives the same text, with sorted keys, so that version control shows only real changes. */
export function lockText(lock: MediaLock): string {
  const { resolved, files, keys, dates } = mediaLockSchema.parse(lock);
  const sorted = {
    version: MEDIA_LOCK_VERSION,
    resolved: sortKeys(resolved),
    files: sortKeys(files),
    keys: sortKeys(keys),
    dates: sortKeys(dates),
  };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Replaces the lock as a whole.
 * @throws {UserError} if it cannot be written
 */
export async function writeLock(path: string, lock: MediaLock): Promise<void> {
  try {
    makeFolders(dirname(path));
    await replaceFile(path, lockText(lock));
  } catch (error) {
    throw mediaUnwritable(path, error);
  }
}
