// Creates folders. Node's own recursive mkdir never returns where a file system takes no new folders and says
// ENOENT, as /proc does: it makes the parent, which is there, and tries again for ever.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder and those above it, where they do not exist.
 * @param mode permission bits of new ones, less the umask
 * @returns the topmost folder that was created; undefined when all were there
 * @throws {NodeJS.ErrnoException} ENOENT also for a dangling link, and where no folder can be made
 */
export function makeFolders(path: string, mode = 0o777): string | undefined {
  const fault = tryToMake(path, mode);
  if (fault === null) return path;
  if (isFolder(path, fault)) return undefined;
  const parent = dirname(path);
  if (fault.code !== 'ENOENT' || parent === path) throw fault;
  const first = makeFolders(parent, mode);
  const again = tryToMake(path, mode);
  if (again === null) return first ?? path;
  // Another process may have made it at this moment.
  if (isFolder(path, again)) return first;
  throw again;
}

function tryToMake(path: string, mode: number): NodeJS.ErrnoException | null {
  try {
    mkdirSync(path, mode);
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** Whether it is there all the same. A name that is taken by a link to nothing throws ENOENT. */
function isFolder(path: string, { code }: NodeJS.ErrnoException): boolean {
  const throwIfNoEntry = code === 'EEXIST';
  return statSync(path, { throwIfNoEntry })?.isDirectory() ?? false;
}
