// A kernel lock: it ends with its process, however that ends.
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants as os } from 'node:os';
import { dirname } from 'node:path';
import { ownName } from './holder.ts';

/** Locks an open file; false when another open file has the lock, even in this process. */
export type TryLock = (fd: number) => boolean;

let known: TryLock | Error | undefined;

/** An OFD lock (fcntl) on Linux, flock on macOS; an error if there is no binary, as for musl. */
export function loadTryLock(): TryLock | Error {
  known ??= load();
  return known;
}

function load(): TryLock | Error {
  try {
    const { tryLock } = createRequire(import.meta.url)('fs-native-extensions');
    return (fd) => tryLock(fd);
  } catch (error) {
    return error as Error;
  }
}

/** EINVAL comes from kernels that are too old for such locks. */
const CANNOT_LOCK = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOLCK'];
/** libuv has no name for it; NFS returns it without a lock daemon. */
const ENOLCK = `Unknown system error -${os.errno.ENOLCK}`;

/** The error code if files cannot be locked there at all; null for any other error. */
export function cannotLock(error: unknown): string | null {
  const { code = '' } = error as NodeJS.ErrnoException;
  const name = code === ENOLCK ? 'ENOLCK' : code;
  return CANNOT_LOCK.includes(name) ? name : null;
}

/**
 * The file stays behind, empty: others may be waiting for this very file.
 * @returns a function that releases the lock; null when it is held
 */
export async function takeKernelLock(
  path: string,
  tryLock: TryLock,
): Promise<(() => Promise<void>) | null> {
  // No links: the file is truncated, and a link might point to something worth keeping.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o666);
  try {
    if (tryLock(file.fd) && (await isStill(path, file))) {
      await giveToOwner(file, dirname(path));
      await write(file, `${ownName()}\n`);
      return async () => {
        await write(file, '');
        await file.close();
      };
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return null;
}

/** The previous holder may have removed it with its folder: others then lock a new file. */
async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => null);
  const ours = await file.stat({ bigint: true });
  return there?.ino === ours.ino && there.dev === ours.dev;
}

/** Otherwise a run by root would lock users out of their own project for good. */
async function giveToOwner(file: FileHandle, folder: string): Promise<void> {
  if (process.geteuid?.() !== 0 || (await file.stat()).nlink !== 1) return;
  const { uid, gid } = await stat(folder);
  await file.chown(uid, gid).catch(() => {});
}

/** For people only: a full disk must not prevent locking. */
async function write(file: FileHandle, text: string): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(text, 0);
  } catch {
    // Others then see 'an unknown process'.
  }
}
