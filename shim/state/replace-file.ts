// Files of the state folder, replaced as a whole.
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stateNotWritten } from './errors.ts';

/**
 * Writes a file by rename, synced with its folder: at any moment, also after a power cut, it is the
 * old or the new one.
 * @throws {Error} with words for people when it cannot be written; the old one is then untouched
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  // Of this process: should another shim have the same folder, neither renames what the other writes.
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeSynced(part, text);
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
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

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
