// The files of dist/ before they are written.
import { createHash } from 'node:crypto';
import type { Manifest, ManifestEntry } from '../contract/manifest.ts';

export type OutputFile = TextFile | LinkedFile;

/** A generated file. */
export interface TextFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** It may hold secrets: mode 0600, and no hash in the manifest. */
  readonly secret?: boolean;
  /** The path of a file with the same content, to which it may be hard-linked. */
  readonly twin?: string;
}

/** A file of media/. */
export interface LinkedFile {
  readonly path: string;
  /** Absolute path in media/. */
  readonly target: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** What every web server and share can have in a path; see publishedName. */
const PORTABLE = /^[\w.~/-]+$/;

/**
 * Sorts the files by path.
 * @throws {Error} when two files claim one path, even if only where case does not count, or a path is not for
 *   every web server: a bug, not an error in the inventory
 */
export function sortTree(files: readonly OutputFile[]): OutputFile[] {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const claimed = new Set<string>();
  for (const { path } of sorted) {
    const folded = path.toLowerCase();
    if (claimed.has(folded)) throw new Error(`two outputs claim ${path}`);
    if (!PORTABLE.test(path)) throw new Error(`not every web server can serve ${path}`);
    claimed.add(folded);
  }
  return sorted;
}

/** The manifest of a sorted tree. */
export function manifestOf(files: readonly OutputFile[]): Manifest {
  const entries = new Map<string, ManifestEntry>();
  for (const file of files) {
    const twin = 'twin' in file && file.twin !== undefined ? entries.get(file.twin) : undefined;
    entries.set(file.path, twin ?? entryOf(file));
  }
  return Object.fromEntries(entries);
}

function entryOf(file: OutputFile): ManifestEntry {
  if ('target' in file) return { size: file.size, sha256: file.sha256 };
  const size = Buffer.byteLength(file.content);
  return file.secret === true ? { size } : { size, sha256: sha256(file.content) };
}

/** SHA-256 in lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
