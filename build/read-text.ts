import { readFileSync, statSync } from 'node:fs';
import { keepsakeFailed } from './build-errors.ts';

/** Reads a text file; null when it is missing or unreadable. */
export type ReadText = (path: string) => string | null;

/** Keys, tokens and cloud-init parts are far smaller; a device or a disk image has no end. */
const MAX_BYTES = 1_048_576;

/** Reads from the file system; any problem with a reference is a null. */
export const readTextFile: ReadText = (path) => {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > MAX_BYTES) return null;
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/**
 * Reads a file that the project keeps; null only when it does not exist, because a missing file is
 * created again.
 * @throws {UserError} when it exists but cannot be read
 */
export const readKept: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw keepsakeFailed(path, cause);
  }
};
