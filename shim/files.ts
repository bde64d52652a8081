// Safe name → opened file, for both protocols. Nothing is remembered between requests: dist/ may be
// rebuilt at any moment.
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { BUILD_RECORD } from '../contract/paths.ts';

/** An opened regular file below the root; the caller closes it. */
export interface ServedFile {
  readonly handle: FileHandle;
  /** Real absolute path, without links. */
  readonly path: string;
  /** The same relative to the root, with forward slashes; null for a file of a link target. */
  readonly below: string | null;
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Milliseconds since 1970, when it was opened. */
  readonly mtimeMs: number;
  close(): Promise<void>;
}

export interface Files {
  /**
   * Null when the name leads to no servable regular file.
   * @param name a relative path with forward slashes, already percent-decoded
   * @throws when a file is there but cannot be opened: EACCES, EMFILE, EIO, …
   */
  open(name: string): Promise<ServedFile | null>;
}

/**
 * The files below `root`. A link is followed only into `root` itself or one of `linkTargets`.
 */
export function createFiles(root: string, linkTargets: readonly string[]): Files {
  return { open: (name) => openBelow(root, async () => linkTargets, name) };
}

/**
 * The files of dist/, or of one folder `within` it, with links into media/: the folder of that
 * name beside dist/, and the one that the last build recorded.
 */
export function createDistFiles(dist: string, within = ''): Files {
  return { open: (name) => openBelow(join(dist, within), () => mediaFolders(dist), name) };
}

async function openBelow(
  root: string,
  linkTargets: () => Promise<readonly string[]>,
  name: string,
): Promise<ServedFile | null> {
  if (!isSafeName(name)) return null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const place = await absentAsNull(resolveBelow(root, linkTargets, name));
    if (place === null) return null;
    const file = await absentAsNull(openRegular(place));
    if (file !== null) return file === 'not-regular' ? null : file;
  }
  return null;
}

/** A build may put another file into a name's place between looking it up and opening it. */
const ATTEMPTS = 3;

/** Steps that are empty, `.`, `..` or hidden, and characters that no file of ours has, are refused. */
function isSafeName(name: string): boolean {
  return name.length <= 4096 && !/[\p{Cc}\\]/u.test(name) && name.split('/').every(isVisible);
}

function isVisible(step: string): boolean {
  return step !== '' && !step.startsWith('.');
}

type Place = Pick<ServedFile, 'path' | 'below'>;

/** Where a name leads, or null when that is outside of what may be served. */
async function resolveBelow(
  root: string,
  linkTargets: () => Promise<readonly string[]>,
  name: string,
): Promise<Place | null> {
  const [realRoot, path] = await Promise.all([realpath(root), realpath(join(root, name))]);
  const below = visibleBelow(realRoot, path);
  if (below !== null) return { path, below };
  for (const target of await linkTargets()) {
    const realTarget = await absentAsNull(realpath(target));
    if (realTarget !== null && visibleBelow(realTarget, path)) return { path, below: null };
  }
  return null;
}

/** The way from a folder down to a path, both real; null when it is outside, or hidden. */
function visibleBelow(folder: string, path: string): string | null {
  const inside = folder.endsWith(sep) ? folder : folder + sep;
  if (!path.startsWith(inside)) return null;
  const steps = path.slice(inside.length).split(sep);
  return steps.every(isVisible) ? steps.join('/') : null;
}

/**
 * O_NONBLOCK: opening a FIFO must not wait for its writer. O_NOFOLLOW: the path has been resolved,
 * so a link at its end was put there since.
 */
async function openRegular(place: Place): Promise<ServedFile | 'not-regular'> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const handle = await open(place.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    if (stats.isFile()) {
      const { size, mtimeMs } = stats;
      return { ...place, handle, size, mtimeMs, close: () => handle.close() };
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return 'not-regular';
}

/** The media folders whose files dist/ may link to; a record that is absent or broken adds none. */
async function mediaFolders(dist: string): Promise<readonly string[]> {
  const beside = join(dirname(resolve(dist)), 'media');
  const record = await readFile(join(dist, BUILD_RECORD), 'utf8').catch(() => '');
  const media = recordedMedia(record);
  return media === null ? [beside] : [beside, resolve(dist, media)];
}

function recordedMedia(record: string): string | null {
  try {
    const value: unknown = JSON.parse(record);
    const media = typeof value === 'object' && value !== null && 'media' in value && value.media;
    return typeof media === 'string' && media !== '' ? media : null;
  } catch {
    return null;
  }
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'EISDIR', 'EMLINK'];

async function absentAsNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
