// Whether a copy still matches its source.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../media-store.ts';
import type { Done } from './record.ts';
import type { SourceFile } from './source.ts';

/**
 * The record entry of a copy that is up to date; null when it must be copied.
 * @param done its present record entry
 */
export async function currentCopy(
  dist: string,
  dir: string,
  file: SourceFile,
  done: Done | null | undefined,
): Promise<Done | null> {
  if (done === null || done === undefined || done.size !== file.size) return null;
  const there = await stat(join(dir, file.path)).catch(() => null);
  if (there === null || !there.isFile() || there.size !== file.size) return null;
  const isUntouched = there.mtimeMs === done.mtime;
  if (isUntouched && done.source === file.stamp) return done;
  const isSame =
    file.text !== undefined
      ? await isStillMade(dir, file, file.text, done)
      : file.isSecret
        ? await haveSameText(join(dist, file.path), join(dir, file.path))
        : await haveSameHash(dist, dir, file, done, isUntouched);
  return isSame ? { ...done, mtime: there.mtimeMs, source: file.stamp } : null;
}

/** A sealed file differs each time it is made, so what counts is what it was made of. */
async function isStillMade(
  dir: string,
  { path, stamp, isSecret }: SourceFile,
  text: string,
  { sha256, source }: Done,
): Promise<boolean> {
  if (source !== stamp) return false;
  const there = join(dir, path);
  return isSecret ? (await readFile(there, 'utf8')) === text : (await hashFile(there)) === sha256;
}

/** Hashes each side only if it may have changed. */
async function haveSameHash(
  dist: string,
  dir: string,
  { path, stamp }: SourceFile,
  { sha256, source }: Done,
  isUntouched: boolean,
): Promise<boolean> {
  if (sha256 === undefined) return false;
  if (source !== stamp && (await hashFile(join(dist, path))) !== sha256) return false;
  return isUntouched || (await hashFile(join(dir, path))) === sha256;
}

async function haveSameText(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([readFile(one), readFile(other)]);
  return a.equals(b);
}
