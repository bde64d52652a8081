// Where Vite writes.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders that must be writable for Vite's cache: those that are there, else the nearest one around it. */
export function foldersToWrite(cache: string): string[] {
  const there = [cache, join(cache, 'deps')].filter((folder) => existsSync(folder));
  return there.length > 0 ? there : [nearest(dirname(cache))];
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
