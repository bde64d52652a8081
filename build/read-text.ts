import { readFileSync } from 'node:fs';

/** Reads a text file; null when it is not there or cannot be read. */
export type ReadText = (path: string) => string | null;

/** Reads from the file system; every fault of a reference is a null. */
export const readTextFile: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
