// Writes files in the state folder, which another shim may share.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createFile, makeFolder, replaceFile } from '../../durable/replace-file.ts';
import { stateNotWritten } from './state-errors.ts';

/**
 * Replaces a file whole, and creates its folder.
 * @throws {Error} with a readable message when it cannot be written; the old file is then untouched
 */
export async function writeState(path: string, text: string): Promise<void> {
  await inWords(path, () => replaceFile(path, text));
}

/**
 * The same, if the file does not exist yet. Of several shims that do so at once, one succeeds.
 * @returns false if the file existed
 * @throws {Error} as writeState
 */
export async function createState(path: string, text: string): Promise<boolean> {
  return inWords(path, () => createFile(path, text));
}

async function inWords<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    await makeFolder(dirname(path));
    return await write();
  } catch (error) {
    throw stateNotWritten(path, error);
  }
}

/**
 * A readable reason why a folder cannot be written to or created; null if it can.
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
