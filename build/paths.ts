// Paths as users write them.
import { join, resolve } from 'node:path';

/** An absolute path from one in the inventory: `~/` is the user's home, others are relative to `folder`. */
export function resolvePath(path: string, folder: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : resolve(folder, path);
}
