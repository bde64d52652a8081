// Copies a built tree into a folder that another machine's web server serves. At any moment each file
// there is the complete old or new one; after a crash, export again.
import { statSync } from 'node:fs';
import { lstat, mkdir, readdir, realpath, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { currentCopy } from './changed.ts';
import {
  damagedMedia,
  exportFailed,
  foreignFile,
  insideItself,
  keepsChanging,
  noParent,
  noRoom,
  notAnExport,
} from './export-errors.ts';
import { type Copied, LARGE, Placer } from './place.ts';
import { type Done, type Files, readRecord, writeRecord } from './record.ts';
import { freeBytes } from './room.ts';
import { listSource, type MadeFile, type SourceFile, type SourceTree } from './source.ts';
import { isOfTheShare } from './target-names.ts';

export interface ExportOptions {
  /** Write nothing. */
  readonly dryRun?: boolean;
  /** A file starts being copied; returns a function that is told the bytes so far. */
  readonly onFile?: (path: string, size: number) => (bytes: number) => void;
  /** What the export has besides the files of `dist`, as that is now. */
  readonly make?: () => Promise<readonly MadeFile[]>;
  /** The new files are about to become visible to machines. */
  readonly beforeFiles?: () => Promise<void>;
}

export interface ExportResult {
  readonly written: readonly string[];
  /** Bytes of the files that were written. */
  readonly bytes: number;
  readonly unchanged: number;
  readonly removed: readonly string[];
}

/** Copies between writes of the record, so that a crash costs little. */
const STRIDE = 500;
const ATTEMPTS = 3;

/**
 * Makes `dir` contain the files of the built tree `dist`, changing only what differs.
 * @throws {UserError} when either folder is wrong or unusable
 */
export async function exportTree(
  dist: string,
  dir: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  try {
    const record = await openTarget(dist, dir, options.dryRun === true);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const source = await listSource(dist, await options.make?.());
      const result = await copyTree(dist, dir, source, record, options);
      if ((await listSource(dist)).manifest === source.manifest) return result;
    }
  } catch (error) {
    throw exportFailed(dir, error);
  }
  throw keepsChanging(dist);
}

/** The record of earlier exports. */
async function openTarget(dist: string, dir: string, dryRun: boolean): Promise<Files> {
  const parent = await stat(dirname(resolve(dir))).catch(() => null);
  if (parent === null) throw noParent(dir);
  if (!dryRun) await mkdir(dir).catch(ignoreExisting);
  const [from, to] = await Promise.all([dist, dir].map(realPath));
  if (contains(from, to) || contains(to, from)) throw insideItself(dir, dist);
  const record = await readRecord(dir);
  if (record !== null) return record;
  const names = await readdir(dir).catch(() => []);
  const foreign = names.find((name) => !isOfTheShare(name) && !name.startsWith('.homepbp-export.'));
  if (foreign !== undefined) throw notAnExport(dir, foreign);
  return new Map();
}

function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

function ignoreExisting(error: unknown) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

function contains(outer: string | undefined, inner: string | undefined): boolean {
  return `${inner}${sep}`.startsWith(`${outer}${sep}`);
}

async function copyTree(
  dist: string,
  dir: string,
  { files }: SourceTree,
  record: Files,
  options: ExportOptions,
): Promise<ExportResult> {
  const changed = await findChanged(dist, dir, files, record);
  const wanted = new Set(files.map(({ path }) => path));
  const removed = [...record.keys()].filter((path) => !wanted.has(path)).sort();
  const bytes = changed.reduce((sum, { size }) => sum + size, 0);
  const written = changed.map(({ path }) => path);
  const result = { written, bytes, unchanged: files.length - written.length, removed };
  if (options.dryRun === true) return result;
  await checkRoom(dir, bytes);
  for (const { path } of changed) record.set(path, null);
  await writeRecord(dir, record);
  await options.beforeFiles?.();
  await copyFiles(dist, dir, changed, record, options);
  await removeFiles(dir, removed, record);
  await writeRecord(dir, record);
  return result;
}

/** Files to copy; updates the record for the others. */
async function findChanged(
  dist: string,
  dir: string,
  files: readonly SourceFile[],
  record: Files,
): Promise<SourceFile[]> {
  const changed: SourceFile[] = [];
  for (const file of files) {
    const current = await currentCopy(dist, dir, file, record.get(file.path));
    if (current !== null) record.set(file.path, current);
    else changed.push(file);
  }
  for (const { path } of changed) {
    if (record.has(path)) continue;
    const there = await lstat(join(dir, path)).catch(() => null);
    if (there !== null) throw foreignFile(dir, path);
  }
  return changed;
}

async function checkRoom(dir: string, needed: number): Promise<void> {
  const free = freeBytes(await statfs(dir));
  if (free !== null && free < needed) throw noRoom(dir, needed, free);
}

async function copyFiles(
  dist: string,
  dir: string,
  files: readonly SourceFile[],
  record: Files,
  options: ExportOptions,
): Promise<void> {
  const placer = await Placer.open(dir);
  let unwritten = 0;
  try {
    for (const file of files) {
      const copied = await copyFile(dist, placer, file, options);
      record.set(file.path, doneOf(dir, file, copied));
      unwritten += 1;
      if (file.size < LARGE && unwritten < STRIDE) continue;
      await writeRecord(dir, record);
      unwritten = 0;
    }
  } finally {
    await placer.close();
  }
}

async function copyFile(
  dist: string,
  placer: Placer,
  { path, size, sha256: expected, text, isSecret }: SourceFile,
  { onFile }: ExportOptions,
): Promise<Copied> {
  if (text !== undefined) return placer.placeText(path, text, isSecret ? 0o600 : 0o644);
  const source = join(dist, path);
  const check = (found: string) => {
    // Media sits on disk for months. The rest was rendered a moment ago, or edited on purpose.
    if (/^(os|k3s)\//.test(path) && expected !== null && found !== expected)
      throw damagedMedia(source);
  };
  const onLength = onFile?.(path, size) ?? (() => {});
  if (size < LARGE) return placer.copySmall(path, source, check);
  return placer.copyLarge(path, source, check, onLength);
}

function doneOf(
  dir: string,
  { path, stamp, isSecret }: SourceFile,
  { size, sha256 }: Copied,
): Done {
  const { mtimeMs: mtime } = statSync(join(dir, path));
  return { size, mtime, source: stamp, ...(isSecret ? {} : { sha256 }) };
}

/** Removes only files of earlier exports, and folders that become empty. */
async function removeFiles(dir: string, paths: readonly string[], record: Files): Promise<void> {
  for (const path of paths) {
    await rm(join(dir, path), { force: true });
    record.delete(path);
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      const isGone = await rmdir(join(dir, folder)).then(
        () => true,
        () => false,
      );
      if (!isGone) break;
    }
  }
}
