// Files of the state folder, replaced as a whole.
import { accessSync, constants, existsSync } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stateNotWritten } from './errors.ts';

/**
 * Writes a file by rename, synced with its folder: at any moment, also after a power cut, it is the
 * old or the new one.
 * @throws {Error} with words for people when it cannot be written; the old one is then untouched
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  await place(path, text, rename);
}

/**
 * The same, where there is no such file yet. Of several shims that do so at once, one does.
 * @returns false when there was one
 * @throws {Error} as replaceFile
 */
export async function createFile(path: string, text: string): Promise<boolean> {
  let isFirst = true;
  await place(path, text, async (part) => {
    try {
      await link(part, path);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (NO_LINKS.includes(code)) return rename(part, path);
      if (code !== 'EEXIST') throw error;
      isFirst = false;
    }
    await rm(part);
  });
  return isFirst;
}

/** What file systems without hard links say. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

let parts = 0;

async function place(
  path: string,
  text: string,
  finish: (part: string, path: string) => Promise<void>,
): Promise<void> {
  // Should another shim have the same folder, neither names what the other is still writing.
  const part = `${path}.${process.pid}-${parts++}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeSynced(part, text);
    await finish(part, path);
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
