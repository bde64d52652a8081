// One fetch at a time in a media/: two writers of one part would each see only their own bytes.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyMedia, mediaUnwritable } from './errors.ts';

const NAME = '.fetch.pid';

/**
 * Runs `work` while `media/.fetch.pid` names this process. What a killed one left is taken over.
 * @throws {UserError} when another process that lives is at work
 */
export async function exclusively<T>(media: string, work: () => Promise<T>): Promise<T> {
  const path = join(media, NAME);
  await claim(media, path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function claim(media: string, path: string): Promise<void> {
  try {
    await mkdir(media, { recursive: true });
    if (await isWritten(path)) return;
    const pid = Number(await readFile(path, 'utf8').catch(() => ''));
    if (pid !== process.pid && isAlive(pid)) throw busyMedia(media, pid, path);
    await rm(path, { force: true });
    // Of two that take over at the same moment, one fails here.
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
  } catch (error) {
    // Pruning must be possible on a full disk; a download will say what is wrong.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw mediaUnwritable(path, error);
  }
}

async function isWritten(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A process of another user answers EPERM: it lives. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
