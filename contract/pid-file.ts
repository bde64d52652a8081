// A file that names the process at work in a folder. Builds and fetches each have one, and both sides
// must agree on what a process that was killed leaves behind.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';

export interface PidFileOptions {
  /** Milliseconds after which no honest holder is still at work; default: none. */
  readonly staleAfter?: number;
}

/**
 * Makes `path` name this process, unless another one that lives is named there. What a killed one
 * left is taken over. Whoever got it removes the file when the work is done.
 * @returns null when it is ours now, else the id of the process that has it
 * @throws what the file system says
 */
export async function claimPidFile(
  path: string,
  { staleAfter = Number.POSITIVE_INFINITY }: PidFileOptions = {},
): Promise<number | null> {
  if (await isWritten(path)) return null;
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  const since = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
  if (pid !== process.pid && isAlive(pid) && Date.now() - since < staleAfter) return pid;
  await rm(path, { force: true });
  // Of two that take over at the same moment, one fails here.
  await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
  return null;
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
