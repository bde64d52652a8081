// Safe name → opened file, for both protocols. Nothing is cached between requests: dist/ may be
// rebuilt at any moment. Names are looked up, and small files read, synchronously: that takes a tenth
// of the time that the thread pool takes, and a hanging file system would block the pool as well.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { parseBuildRecord } from '../contract/build-record.ts';
import { BUILD_RECORD } from '../contract/paths.ts';

/** An opened regular file below the root; the caller closes it. */
export interface ServedFile {
  readonly handle: FileHandle;
  /** Real absolute path, without links. */
  readonly path: string;
  /** The same relative to the root, with forward slashes; null for a file in a link target. */
  readonly below: string | null;
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Milliseconds since 1970, when it was opened. */
  readonly mtimeMs: number;
  close(): Promise<void>;
}

export interface Files {
  /**
   * Null when the name does not resolve to a servable regular file.
   * @param name a relative path with forward slashes, already percent-decoded
   * @throws when the file exists but cannot be opened: EACCES, EMFILE, EIO, …
   */
  open(name: string): Promise<ServedFile | null>;
}

/** A small file as it was at one moment. */
export interface WholeFile extends Pick<ServedFile, 'path' | 'below' | 'size' | 'mtimeMs'> {
  readonly content: Buffer;
}

export interface DistFiles extends Files {
  /**
   * Reads a file of at most `maxBytes`, synchronously: what is sent is then one version of the file,
   * and nothing stays open. 'large' when it is longer; otherwise null or throws as `open` does.
   */
  read(name: string, maxBytes: number): WholeFile | 'large' | null;
}

/**
 * The files below `root`. A link is followed only into `root` itself or one of `linkTargets`.
 */
export function createFiles(root: string, linkTargets: readonly string[]): DistFiles {
  return filesBelow(root, () => linkTargets);
}

/**
 * The files of dist/, or of one folder `within` it, with links into media/: the folder of that
 * name beside dist/, and the one that the last build recorded.
 */
export function createDistFiles(dist: string, within = ''): DistFiles {
  return filesBelow(join(dist, within), () => mediaFolders(dist));
}

function filesBelow(root: string, linkTargets: () => readonly string[]): DistFiles {
  const find = (name: string) => (isSafeName(name) ? resolveBelow(root, linkTargets, name) : null);
  return {
    async open(name) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const place = find(name);
        if (place === null) return null;
        const file = await openRegular(place);
        if (file !== 'gone') return file;
      }
      return null;
    },
    read(name, maxBytes) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const place = find(name);
        if (place === null) return null;
        const file = readRegular(place, maxBytes);
        if (file !== 'gone') return file;
      }
      return null;
    },
  };
}

/** A build may replace the file between lookup and open. */
const ATTEMPTS = 3;

/** Refuses segments that are empty, `.`, `..` or hidden, and characters that none of our files has. */
function isSafeName(name: string): boolean {
  return name.length <= 4096 && !/[\p{Cc}\\]/u.test(name) && name.split('/').every(isVisible);
}

function isVisible(step: string): boolean {
  return step !== '' && !step.startsWith('.');
}

type Place = Pick<ServedFile, 'path' | 'below'>;

/** The real path of a name, or null when it is outside what may be served. */
function resolveBelow(
  root: string,
  linkTargets: () => readonly string[],
  name: string,
): Place | null {
  const realRoot = realPath(root);
  const path = realPath(join(root, name));
  if (realRoot === null || path === null) return null;
  const below = visibleBelow(realRoot, path);
  if (below !== null) return { path, below };
  const targets = linkTargets().map(realPath);
  const reached = targets.some((target) => target !== null && visibleBelow(target, path) !== null);
  return reached ? { path, below: null } : null;
}

/** With links resolved; null where nothing exists. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** A real path relative to a real folder; null when it is outside, or hidden. */
function visibleBelow(folder: string, path: string): string | null {
  const inside = folder.endsWith(sep) ? folder : folder + sep;
  if (!path.startsWith(inside)) return null;
  const steps = path.slice(inside.length).split(sep);
  return steps.every(isVisible) ? steps.join('/') : null;
}

/**
 * O_NONBLOCK: opening a FIFO must not wait for its writer. O_NOFOLLOW: the path has been resolved,
 * so a link at its end is newer than that.
 */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** Null for anything but a regular file. */
async function openRegular(place: Place): Promise<ServedFile | null | 'gone'> {
  let handle: FileHandle;
  try {
    handle = await open(place.path, FLAGS);
  } catch (error) {
    if (isAbsence(error)) return 'gone';
    throw error;
  }
  const stats = fstatSync(handle.fd);
  if (!stats.isFile()) {
    await handle.close();
    return null;
  }
  const { size, mtimeMs } = stats;
  return { ...place, handle, size, mtimeMs, close: () => handle.close() };
}

function readRegular(place: Place, maxBytes: number): WholeFile | 'large' | null | 'gone' {
  let fd: number;
  try {
    fd = openSync(place.path, FLAGS);
  } catch (error) {
    if (isAbsence(error)) return 'gone';
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    if (stats.size > maxBytes) return 'large';
    const content = readUpTo(fd, stats.size);
    return { ...place, content, size: content.length, mtimeMs: stats.mtimeMs };
  } finally {
    closeSync(fd);
  }
}

/** The first `size` bytes; fewer if the file has shrunk since. */
function readUpTo(fd: number, size: number): Buffer {
  const content = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const bytesRead = readSync(fd, content, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}

/** The media folders that dist/ may link into. A damaged record adds none: built.ts reports it. */
function mediaFolders(dist: string): readonly string[] {
  const beside = join(dirname(resolve(dist)), 'media');
  const media = recordedMedia(join(dist, BUILD_RECORD));
  return media === null ? [beside] : [beside, resolve(dist, media)];
}

function recordedMedia(record: string): string | null {
  try {
    return parseBuildRecord(readFileSync(record, 'utf8'), record).media || null;
  } catch {
    return null;
  }
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'EISDIR', 'EMLINK'];

function isAbsence(error: unknown): boolean {
  return ABSENT.includes((error as NodeJS.ErrnoException).code ?? '');
}
