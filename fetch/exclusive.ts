// One fetch at a time in a media/: two writers of one part would each see only their own bytes.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claimPidFile } from '../contract/pid-file.ts';
import { busyMedia, mediaUnwritable } from './errors.ts';

const NAME = '.fetch.pid';

/**
 * Runs `work` while `media/.fetch.pid` names this process. What a killed one left is taken over.
 * @throws {UserError} when another process that lives is at work
 */
export async function exclusively<T>(media: string, work: () => Promise<T>): Promise<T> {
  const path = join(media, NAME);
  const holder = await claim(media, path);
  if (holder !== null) throw busyMedia(media, holder, path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function claim(media: string, path: string): Promise<number | null> {
  try {
    await mkdir(media, { recursive: true });
    return await claimPidFile(path);
  } catch (error) {
    // Pruning must be possible on a full disk; a download will say what is wrong.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return null;
    throw mediaUnwritable(path, error);
  }
}
