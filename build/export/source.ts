// The files of dist/ to export.
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Manifest, parseManifest } from '../../contract/manifest.ts';
import { MANIFEST } from '../../contract/paths.ts';
import { publishRank } from '../publish-order.ts';
import { leadsNowhere, notBuilt } from './export-errors.ts';

export interface SourceFile {
  /** In dist/, with forward slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Changes when the file does. */
  readonly stamp: string;
  /** From the manifest; null when it has none. */
  readonly sha256: string | null;
  readonly isSecret: boolean;
  /** Of a file that is not in dist/: its content. */
  readonly text?: string;
}

/** A file that is in an export, but not in dist/. */
export interface MadeFile {
  readonly path: string;
  readonly text: string;
  /** What it is made of: with another one it is written again. */
  readonly stamp: string;
  /** Whether only its owner may read it. */
  readonly isSecret: boolean;
}

export interface SourceTree {
  /** In copy order. */
  readonly files: readonly SourceFile[];
  /** The text of the manifest; a different one means a different tree. */
  readonly manifest: string;
}

/**
 * Lists a built tree and what is made for the export. Dot files at its top are not part of it.
 * @throws {UserError} when it is not a built tree, or its manifest is damaged
 */
export async function listSource(
  dist: string,
  made: readonly MadeFile[] = [],
): Promise<SourceTree> {
  const path = join(dist, MANIFEST);
  const manifest = await readFile(path, 'utf8').catch(() => {
    throw notBuilt(dist);
  });
  const known = parseManifest(manifest, path);
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.'));
  const built = await Promise.all(paths.map((path) => describe(dist, path, known)));
  const files = [...built, ...made.map(describeMade)];
  files.sort((a, b) => publishRank(a.path) - publishRank(b.path) || (a.path < b.path ? -1 : 1));
  return { files, manifest };
}

async function describe(dist: string, path: string, known: Manifest): Promise<SourceFile> {
  const stats = await stat(join(dist, path)).catch((cause) => {
    throw leadsNowhere(join(dist, path), cause);
  });
  const entry = Object.hasOwn(known, path) ? known[path] : undefined;
  return {
    path,
    size: stats.size,
    stamp: stampOf(stats),
    sha256: entry?.sha256 ?? null,
    isSecret: entry !== undefined && entry.sha256 === undefined,
  };
}

function describeMade(file: MadeFile): SourceFile {
  return { ...file, size: Buffer.byteLength(file.text), sha256: null };
}

function stampOf({ size, mtimeMs, ino }: Stats): string {
  return `${size} ${mtimeMs} ${ino}`;
}
