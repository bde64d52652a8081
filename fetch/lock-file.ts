// media.lock.json as a file.
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type MediaLock, mediaLockSchema } from '../contract/media-lock.ts';
import { mediaUnwritable } from './errors.ts';

/** The same lock gives the same text: keys sorted, so that a change shows in version control as itself. */
export function lockText(lock: MediaLock): string {
  const { version, resolved, files, keys } = mediaLockSchema.parse(lock);
  const sorted = {
    version,
    resolved: sortKeys(resolved),
    files: sortKeys(files),
    keys: sortKeys(keys),
  };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Replaces the lock as a whole, synced.
 * @throws {UserError} when it cannot be written
 */
export async function writeLock(path: string, lock: MediaLock): Promise<void> {
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(part, 'w');
    try {
      await handle.writeFile(lockText(lock));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    throw mediaUnwritable(path, error);
  }
}
