// Files of the state folder. Another shim may have the same one.
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createFile, replaceFile } from '../../durable/replace-file.ts';
import { stateNotWritten } from './errors.ts';

/**
 * Replaces a file whole, and makes its folder.
 * @throws {Error} with words for people when it cannot be written; the old one is then untouched
 */
export async function writeState(path: string, text: string): Promise<void> {
  await inWords(path, () => replaceFile(path, text));
}

/**
 * The same, where there is no such file yet. Of several shims that do so at once, one does.
 * @returns false when there was one
 * @throws {Error} as writeState
 */
export async function createState(path: string, text: string): Promise<boolean> {
  return inWords(path, () => createFile(path, text));
}

async function inWords<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await write();
  } catch (error) {
    throw stateNotWritten(path, error);
  }
}

/**
 * Why nothing could be written into a folder, or a folder be made there, in words for people; null
 * where it can.
 */
export function whyUnwritable(folder: string): string | null {
  let nearest = resolve(folder);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(`${nearest}/`, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return stateNotWritten(folder, error).message;
  }
}
