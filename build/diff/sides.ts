// The two sides of a diff in one form: dist/ as it is, and as a build would write it.
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Manifest, parseManifest } from '../../contract/manifest.ts';
import { BUILD_RECORD, MANIFEST } from '../../contract/paths.ts';
import { notOurs } from '../build-errors.ts';
import { type OutputFile, sha256 } from '../output.ts';
import { isOurs, STAGING } from '../write/write-tree.ts';

export interface TreeFile {
  readonly size: number;
  /** Its text must not be shown. */
  readonly secret: boolean;
  /** Permissions; null for links into media/. */
  readonly mode: number | null;
  /** Lower-case hex; null if unknown. */
  readonly sha256: () => string | null;
  /** Null for links into media/ and unreadable files. */
  readonly bytes: () => Buffer | null;
}

/** By path in dist/. */
export type Tree = ReadonlyMap<string, TreeFile>;

/** Files of this size or more are media, shown by size and the manifest's hash. */
const MEDIA_BYTES = 4_000_000;

/** The tree that a build would write. */
export function newTree(files: readonly OutputFile[]): Tree {
  return new Map(files.map((file) => [file.path, newFile(file)]));
}

function newFile(file: OutputFile): TreeFile {
  if ('target' in file) {
    const { size, sha256: hash } = file;
    return { size, secret: false, mode: null, sha256: () => hash, bytes: () => null };
  }
  const content = Buffer.from(file.content);
  const secret = file.secret === true;
  const mode = secret ? 0o600 : 0o644;
  return {
    size: content.length,
    secret,
    mode,
    sha256: () => sha256(content),
    bytes: () => content,
  };
}

/**
 * The tree that is in a folder; empty when there is no folder.
 * @throws {UserError} when we did not build the folder
 */
export function oldTree(out: string): Tree {
  if (!existsSync(out)) return new Map();
  const entries = readdirSync(out, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => path !== BUILD_RECORD && !path.startsWith(`${STAGING}/`));
  if (entries.length > 0 && !isOurs(readdirSync(out))) throw notOurs(out);
  const manifest = readManifest(join(out, MANIFEST));
  return new Map(paths.map((path) => [path, oldFile(out, path, manifest)]));
}

/** A damaged manifest counts as empty. */
function readManifest(path: string): Manifest {
  try {
    return parseManifest(readFileSync(path, 'utf8'), path);
  } catch {
    return {};
  }
}

function oldFile(out: string, path: string, manifest: Manifest): TreeFile {
  const at = join(out, path);
  const stats = lstatSync(at);
  const entry = Object.hasOwn(manifest, path) ? manifest[path] : undefined;
  const size = statSync(at, { throwIfNoEntry: false })?.size ?? 0;
  const listed = entry?.size === size ? (entry.sha256 ?? null) : null;
  if (stats.isSymbolicLink() || size >= MEDIA_BYTES)
    return { size, secret: false, mode: null, sha256: () => listed, bytes: () => null };
  // The manifest has no hash for files with secrets; unlisted files may hold secrets too.
  const secret = path !== MANIFEST && entry?.sha256 === undefined;
  const bytes = () => readOrNull(at);
  const hash = () => hashOf(bytes());
  return { size, secret, mode: stats.mode & 0o777, sha256: hash, bytes };
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM') return null;
    throw error;
  }
}

function hashOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : sha256(bytes);
}

/** Whether a build would leave the file as it is. */
export function isSame(before: TreeFile, after: TreeFile): boolean {
  if (before.size !== after.size) return false;
  if (before.mode !== null && after.mode !== null && before.mode !== after.mode) return false;
  const [left, right] = [before.bytes(), after.bytes()];
  if (left !== null && right !== null) return left.equals(right);
  return before.sha256() !== null && before.sha256() === after.sha256();
}
