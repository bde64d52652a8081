// Puts changed files into a staging folder next to their places: a lack of space or permission
// shows here, while the tree is still the old one.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { linkFailed } from '../build-errors.ts';
import type { LinkedFile, OutputFile } from '../output.ts';
import { type LinkMode, linkText, modeOf } from './changed.ts';

/**
 * Writes `files` below `staging`. A file with a twin among them becomes a hard link to it.
 * @param root where the files will end up, for relative links
 * @throws file system errors, or a UserError where a hard link is impossible
 */
export function stage(root: string, staging: string, files: readonly OutputFile[], mode: LinkMode) {
  const staged = new Set<string>();
  const folders = new Set([staging]);
  for (const file of files) {
    const at = join(staging, file.path);
    makeFolder(dirname(at), folders);
    if ('target' in file) putLink(root, file, at, mode);
    else if (
      !(file.twin !== undefined && staged.has(file.twin) && isLinked(join(staging, file.twin), at))
    ) {
      writeWhole(at, file.content, modeOf(file));
    }
    staged.add(file.path);
  }
}

/** Skips folders that are already in `made`. */
function makeFolder(folder: string, made: Set<string>) {
  if (made.has(folder)) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.add(folder);
}

/** Some file systems have no hard links: the file is then written again. */
function isLinked(twin: string, at: string): boolean {
  try {
    linkSync(twin, at);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    return false;
  }
}

function putLink(root: string, file: LinkedFile, at: string, mode: LinkMode) {
  if (mode === 'symlink') symlinkSync(linkText(root, file), at);
  else if (mode === 'copy') copyFileSync(file.target, at, constants.COPYFILE_FICLONE);
  else {
    try {
      linkSync(file.target, at);
    } catch (error) {
      throw linkFailed(file.target, error);
    }
  }
}

/** Creates the file with its permissions from the first byte on, whatever the umask. */
export function writeWhole(path: string, content: string | Uint8Array, mode: number) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const descriptor = openSync(path, 'wx', mode);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  } finally {
    closeSync(descriptor);
  }
  if ((mode & UMASK) !== 0) chmodSync(path, mode);
}

/** Read once: reading the umask sets it for a moment. */
const UMASK = process.umask();
