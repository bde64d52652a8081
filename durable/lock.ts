// One process at a time, with a lock file beside the thing it protects. All processes that share it
// must use the same path and be able to lock in the same way.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { takeExclusiveFile } from './exclusive-file.ts';
import { type LockHolder, readHolder } from './holder.ts';
import { cannotLock, loadTryLock, type TryLock, takeKernelLock } from './kernel-lock.ts';
import { makeFolders } from './make-folders.ts';
import { makeFolder } from './replace-file.ts';

/** Milliseconds between attempts to take a held lock. */
const LOOK_EVERY = 20;

export interface LockOptions {
  /** Milliseconds to wait for another holder, which may also be in this process. */
  readonly wait: number;
  /** What to throw when it is not released in that time. */
  readonly refused: (holder: LockHolder) => unknown;
  /** What to throw when the lock file cannot be made, given why; null: work without. Default: throw why. */
  readonly unwritable?: (cause: unknown) => unknown;
  /** Create the folder for this user only, and remove it with the lock if it is empty. */
  readonly ownFolder?: boolean;
  /** Default: the kernel's. */
  readonly tryLock?: TryLock | Error;
  /** Called once for each lock that falls back to a file. Default: prints a line to stderr. */
  readonly say?: (note: string) => void;
}

type Release = () => void | Promise<void>;

/**
 * Runs `work` while holding the lock and releases it however that ends, even in a crash. Not reentrant:
 * a nested call waits for itself.
 * @throws what `refused` and `unwritable` return
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await take(path, options);
  try {
    return await work();
  } finally {
    if (options.ownFolder === true) await removeIfAlone(path);
    await release();
    if (options.ownFolder === true) await rmdir(dirname(path)).catch(() => {});
  }
}

async function take(path: string, options: LockOptions): Promise<Release> {
  const deadline = Date.now() + options.wait;
  for (;;) {
    const taken = await tryToTake(path, options).catch((cause: unknown) => {
      const fault = options.unwritable === undefined ? cause : options.unwritable(cause);
      if (fault !== null) throw fault;
      return () => {};
    });
    if (typeof taken === 'function') return taken;
    if (Date.now() >= deadline) throw options.refused(taken);
    await setTimeout(LOOK_EVERY);
  }
}

/** @returns a function that releases it, or the holder */
async function tryToTake(path: string, options: LockOptions): Promise<Release | LockHolder> {
  const folder = dirname(path);
  try {
    // Any other folder holds what the lock protects, so it must survive a power cut.
    if (options.ownFolder === true) makeFolders(folder, 0o700);
    else await makeFolder(folder);
    return await tryEitherWay(path, options);
  } catch (error) {
    // Its holder removed the folder at this moment: after it was seen to be there, or before the file was made.
    const { code, syscall = '' } = error as NodeJS.ErrnoException;
    const isRace = code === 'ENOENT' && ['mkdir', 'stat', 'open'].includes(syscall);
    if (options.ownFolder !== true || !isRace) throw error;
    return readHolder(path, null);
  }
}

async function tryEitherWay(path: string, options: LockOptions): Promise<Release | LockHolder> {
  const { tryLock = loadTryLock() } = options;
  if (tryLock instanceof Error) return takeWithout(path, unloaded(tryLock), options);
  try {
    return (await takeKernelLock(path, tryLock)) ?? (await readHolder(path, null));
  } catch (error) {
    const why = cannotLock(error);
    if (why === null) throw error;
    return takeWithout(path, why, options);
  }
}

function unloaded({ code, message }: NodeJS.ErrnoException): string {
  return `fs-native-extensions: ${code ?? message}`;
}

const said = new Set<string>();

/** @param why there is no kernel lock */
async function takeWithout(
  path: string,
  why: string,
  { say = (note) => process.stderr.write(`${note}\n`) }: LockOptions,
): Promise<Release | LockHolder> {
  const file = exclusiveOf(path);
  if (!said.has(path)) {
    said.add(path);
    say(`note: ${path} cannot be locked here (${why}); using ${file} instead`);
  }
  return (await takeExclusiveFile(file)) ?? (await readHolder(file, file));
}

function exclusiveOf(path: string): string {
  return `${path}.held`;
}

/** Only the holder may remove a file that others may be waiting for: they notice that it is gone. */
async function removeIfAlone(path: string): Promise<void> {
  const ours = [path, exclusiveOf(path)].map((file) => basename(file));
  const names = await readdir(dirname(path)).catch(() => [path]);
  if (names.every((name) => ours.includes(name))) await rm(path, { force: true }).catch(() => {});
}
