// The faults of a build that are not faults of nodes.yaml.
import type { FoundedFile } from '../contract/founded.ts';
import { UserError } from '../contract/user-error.ts';

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  return error instanceof Error ? error.message : String(error);
}

/** The output folder holds files that no build of ours made. */
export function notOurs(folder: string): UserError {
  return new UserError(
    `${folder} is not empty and was not made by ./homepbp build, so nothing in it was touched\n` +
      '  hint: give --out a new or empty folder',
  );
}

/** What the file system said; anything else is no fault of writing and passes through. */
export function writeFailed(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  return new UserError(`${folder} cannot be written: ${reasonOf(cause)}`, { cause });
}

export function linkFailed(target: string, cause: unknown): UserError {
  return new UserError(
    `${target} cannot be hard-linked: ${reasonOf(cause)}\n  hint: use --link symlink or --link copy`,
    { cause },
  );
}

/** media/ cannot be used. */
export function mediaFailed(folder: string, cause: unknown): UserError {
  return new UserError(`${folder} cannot be written: ${reasonOf(cause)}`, { cause });
}

export function inventoryUnreadable(path: string, cause: unknown): UserError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const hint = missing
    ? 'run this where nodes.yaml is, or name it with --inventory'
    : 'check its permissions';
  return new UserError(
    `${path}: ${missing ? 'there is no such file' : reasonOf(cause)}\n  hint: ${hint}`,
    { cause },
  );
}

export function notUtf8(path: string): UserError {
  return new UserError(`${path} is not UTF-8 text\n  hint: save it as UTF-8 in your editor`);
}

/** A file that the project must not forget cannot be read or written. */
export function keepsakeFailed(path: string, cause: unknown): UserError {
  return new UserError(`${path}: ${reasonOf(cause)}`, { cause });
}

/** `--never-booted` against what a node said. */
export function hasFounded({ node, at }: FoundedFile, path: string): UserError {
  return new UserError(
    `--never-booted cannot be true: ${node} said at ${at} that it has founded the cluster (${path})\n` +
      '  hint: leave the flag out; or, where that cluster is gone for good, remove that file first',
  );
}

/** The page's sources do not build: a fault of whoever changed web/. */
export function pageFailed(cause: unknown): UserError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`web/ cannot be built: ${said.trim()}`, { cause });
}
