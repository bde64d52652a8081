// Replaces files atomically: readers, even after a crash, find the complete old or new file.
import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeFolders } from './make-folders.ts';
import { removeOnExit } from './on-exit.ts';

export interface ReplaceOptions {
  /**
   * Permission bits of a new file, whatever the umask; an existing one keeps its own. Default: 0644
   * less the umask.
   */
  readonly mode?: number;
  /** Whether it must survive a power cut: a cache need not. Default: true. */
  readonly sync?: boolean;
}

/**
 * Replaces or creates a file. A link to it stays a link.
 * @throws {NodeJS.ErrnoException} about `path`; the old file is then untouched, unless only its folder
 *   could not be synced
 */
export async function replaceFile(
  path: string,
  text: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  await place(path, text, options, rename);
}

/**
 * Creates a file if it does not exist. The first of several concurrent callers wins; without hard links
 * that is only certain if the others come later.
 * @returns false when it existed
 * @throws {NodeJS.ErrnoException} as replaceFile
 */
export async function createFile(
  path: string,
  text: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<boolean> {
  let isFirst = false;
  await place(path, text, options, async (part, target) => {
    isFirst = await linkNew(part, target);
    await rm(part, { force: true });
  });
  return isFirst;
}

/**
 * Creates a folder and those above it, where they do not exist.
 * @param mode permission bits of new ones, less the umask
 * @throws {NodeJS.ErrnoException}
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const first = makeFolders(path, mode);
  // Without this, a power cut may lose the new folder, with all that was synced into it.
  for (let made = path; first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (resolve(made) === resolve(first)) return;
  }
}

/** Errors of file systems without hard links, modes, or folder sync. */
const NOT_OFFERED = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK'];

function isNotOffered(error: unknown): boolean {
  return NOT_OFFERED.includes((error as NodeJS.ErrnoException).code ?? '');
}

async function linkNew(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!isNotOffered(error)) throw error;
    if ((await statOf(target)) !== null) return false;
    await rename(part, target);
    return true;
  }
}

type Finish = (part: string, target: string) => Promise<void>;

async function place(
  path: string,
  text: string | Uint8Array,
  options: ReplaceOptions,
  finish: Finish,
): Promise<void> {
  try {
    await placeAt(await followed(path), text, options, finish);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

async function placeAt(
  target: string,
  text: string | Uint8Array,
  { mode, sync = true }: ReplaceOptions,
  finish: Finish,
): Promise<void> {
  // Several processes, perhaps on several computers, may write the same file.
  const part = `${target}.${randomBytes(6).toString('hex')}.part`;
  const forget = removeOnExit(part);
  try {
    await writePart(part, text, { mode, sync, old: (await statOf(target))?.mode });
    await finish(part, target);
    if (sync) await syncFolder(dirname(target));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  } finally {
    forget();
  }
}

/** Resolves links, including those to a file that does not exist yet. */
async function followed(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const next = await readlink(path).catch(() => null);
    return next === null ? path : followed(resolve(dirname(path), next));
  }
}

function statOf(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

interface Part {
  readonly mode: number | undefined;
  readonly sync: boolean;
  /** Mode of the replaced file. */
  readonly old: number | undefined;
}

async function writePart(
  path: string,
  text: string | Uint8Array,
  { mode, sync, old }: Part,
): Promise<void> {
  const wanted = old === undefined ? mode : old & 0o777;
  const handle = await open(path, 'wx', wanted ?? 0o644);
  try {
    // Before the first byte: it may be a secret.
    if (wanted !== undefined) await setMode(handle, wanted);
    await handle.writeFile(text);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** File systems without modes may refuse, if the mode is not wider than wanted. */
async function setMode(handle: FileHandle, wanted: number): Promise<void> {
  const { mode } = await handle.stat();
  if ((mode & 0o777) === wanted) return;
  try {
    await handle.chmod(wanted);
  } catch (error) {
    if (!isNotOffered(error) || (mode & 0o777 & ~wanted) !== 0) throw error;
  }
}

/** Without it, a power cut may undo the rename. A write-only folder cannot be opened. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (!isNotOffered(error) && (error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  } finally {
    await handle?.close();
  }
}
