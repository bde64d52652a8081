// A file that names the process at work in a folder. Builds, fetches and whoever adds to the published
// sets have one, and all must agree on what a process that was killed leaves behind.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds: between two looks; to take over what a killed one left; a killed one leaves even that. */
const LOOK_EVERY = 20;
const CLAIM_WAIT = 15_000;
const MARKER_STALE = 5_000;

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
  const deadline = Date.now() + CLAIM_WAIT;
  while (Date.now() < deadline) {
    if (await isWritten(path)) return null;
    const found = await look(path);
    if (found === null) continue;
    const { pid, age, instance } = found;
    if (pid !== process.pid && isAlive(pid) && age < staleAfter) return pid;
    if (await takeOver(path, instance)) return null;
    await setTimeout(LOOK_EVERY);
  }
  throw new Error(`${path} changes hands again and again`);
}

/** What the file says, and which of the files that ever had this name it is; null where there is none. */
async function look(path: string) {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  return { pid, age: Date.now() - stats.mtimeMs, instance: `${stats.ino}-${stats.mtimeMs}` };
}

/**
 * Puts our own file in the place of a stale one. There is no name while that goes on that another
 * process could make, and only one process can make the marker that names this very instance: of several
 * that take over at the same moment one does, and one that comes late finds another instance there.
 * @returns false when it was another's
 */
async function takeOver(path: string, instance: string): Promise<boolean> {
  const marker = `${path}.${instance}`;
  if (!(await isWritten(marker))) {
    const { age } = (await look(marker)) ?? { age: 0 };
    if (age > MARKER_STALE) await rm(marker, { force: true });
    return false;
  }
  try {
    if ((await look(path))?.instance !== instance) return false;
    const own = `${path}.${process.pid}`;
    await writeFile(own, `${process.pid}\n`);
    await rename(own, path);
    return true;
  } finally {
    await rm(marker, { force: true });
  }
}

/** What this process holds: its own id in a file may also be what one before it left. */
const held = new Set<string>();
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

/**
 * Runs `work` while we have the file.
 * @param refused the error where another does not give it up, or the file system does not let us have it
 */
export async function withPidFile<T>(
  path: string,
  options: WaitOptions,
  work: () => Promise<T>,
  refused: (cause: unknown) => unknown,
): Promise<T> {
  const holder = await takePidFile(path, options).catch((cause: unknown) => {
    throw refused(cause);
  });
  if (holder !== null) throw refused(new Error(`process ${holder} does not give it up`));
  try {
    return await work();
  } finally {
    await releasePidFile(path);
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
    // The other one removed its folder: once more.
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'open' || code !== 'ENOENT') throw error;
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
