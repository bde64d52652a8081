// A file that names the process at work in a folder. Builds, fetches and whoever adds to the published
// sets have one, and all must agree on what a process that was killed leaves behind.
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

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

/** What this process holds: its own id in a file may also be what one before it left. */
const held = new Set<string>();
/** Milliseconds. */
const LOOK_EVERY = 20;

export interface WaitOptions extends PidFileOptions {
  /** Milliseconds to wait for another holder, of this process too. */
  readonly wait: number;
  /** Of the folder, if it has to be made. */
  readonly folderMode?: number;
}

/**
 * Claims the file and makes its folder, waiting for whoever has it; to be given up by
 * releasePidFile.
 * @returns null when it is ours, else the id of the process that still has it
 * @throws what the file system says
 */
export async function takePidFile(path: string, options: WaitOptions): Promise<number | null> {
  const deadline = Date.now() + options.wait;
  for (;;) {
    const holder = await tryToTake(path, options);
    if (holder === null || Date.now() > deadline) return holder;
    await setTimeout(LOOK_EVERY);
  }
}

/** Removes a file that takePidFile gave us. */
export async function releasePidFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } finally {
    held.delete(path);
  }
}

async function tryToTake(path: string, options: WaitOptions): Promise<number | null> {
  if (held.has(path)) return process.pid;
  held.add(path);
  let holder: number | null = process.pid;
  try {
    await mkdir(dirname(path), { recursive: true, mode: options.folderMode ?? 0o777 });
    holder = await claimPidFile(path, options);
  } catch (error) {
    // The other one removed its folder, or took over at the same moment: once more.
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'open' || (code !== 'ENOENT' && code !== 'EEXIST')) throw error;
  } finally {
    if (holder !== null) held.delete(path);
  }
  return holder;
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
