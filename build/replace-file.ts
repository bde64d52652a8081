// Text files of the user's project, replaced as a whole.
import { realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { keepsakeFailed } from './errors.ts';

/**
 * Writes a file by rename, synced, so that it is the old or the new one at any moment. The mode of
 * one that is there stays, and a link to it stays a link.
 * @param mode permission bits of a new file
 * @throws {UserError} when it cannot be written; the old one is then untouched
 */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  let part: string | undefined;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    const target = there === undefined ? path : realpathSync(path);
    part = `${target}.part`;
    await writeSynced(part, text, there === undefined ? mode : there.mode & 0o777);
    await rename(part, target);
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true }).catch(() => {});
    throw keepsakeFailed(path, error);
  }
}

/** The mode is right before the first byte is there, whatever the umask and an older file say. */
async function writeSynced(path: string, text: string, mode: number) {
  const handle = await open(path, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
