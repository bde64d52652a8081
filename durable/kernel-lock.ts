// A lock that the kernel keeps: it ends with its process, however that ends.
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants as os } from 'node:os';
import { dirname } from 'node:path';
import { ownName } from './holder.ts';

/** Locks an open file; false when another open file has the lock, be it of this process. */
export type TryLock = (fd: number) => boolean;

let known: TryLock | Error | undefined;

/** fcntl's lock of an open file on Linux, flock on macOS; an error where there is no binary, as for musl. */
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

/** EINVAL is what kernels say that are too old for such locks. */
const CANNOT_LOCK = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOLCK'];
/** libuv has no name for it; NFS says it where there is no lock daemon. */
const ENOLCK = `Unknown system error -${os.errno.ENOLCK}`;

/** The code of an error that says that files cannot be locked there at all; null for any other. */
export function cannotLock(error: unknown): string | null {
  const { code = '' } = error as NodeJS.ErrnoException;
  const name = code === ENOLCK ? 'ENOLCK' : code;
  return CANNOT_LOCK.includes(name) ? name : null;
}

/**
 * The file stays behind, empty: others may wait for the lock of this very file.
 * @returns gives the lock up; null when another has it
 */
export async function takeKernelLock(
  path: string,
  tryLock: TryLock,
): Promise<(() => Promise<void>) | null> {
  // It is truncated: a link might lead to something that is worth keeping.
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

/** The one before may have removed it with its folder: then others lock another file of that name. */
async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => null);
  const ours = await file.stat({ bigint: true });
  return there?.ino === ours.ino && there.dev === ours.dev;
}

/** Else a run by root would lock the user out of his own project for good. */
async function giveToOwner(file: FileHandle, folder: string): Promise<void> {
  if (process.geteuid?.() !== 0 || (await file.stat()).nlink !== 1) return;
  const { uid, gid } = await stat(folder);
  await file.chown(uid, gid).catch(() => {});
}

/** Only for people: a full disk must not keep anybody from the lock. */
async function write(file: FileHandle, text: string): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(text, 0);
  } catch {
    // They are told of an unknown process.
  }
}
