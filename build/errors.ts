// The faults of a build that are not faults of nodes.yaml.
import type { FoundedFile } from '../contract/founded.ts';
import { ifGone, type LockHolder } from '../durable/holder.ts';
import { UserError } from '../messages/user-error.ts';

/** What the file system said, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENOTDIR') return 'a part of the path is no folder';
  if (code === 'ELOOP') return 'its links lead in a circle';
  if (code === 'ENAMETOOLONG') return 'the name is too long';
  return error instanceof Error ? error.message : String(error);
}

/** The output folder holds files that no build of ours made. */
export function notOurs(folder: string): UserError {
  return new UserError(
    `${folder} is not empty and was not made by ./homepbp build, so nothing in it was touched\n` +
      '  hint: give --out a new or empty folder',
  );
}

/** The output folder would be cleared of what the project keeps. */
export function holdsOwn(out: string, path: string): UserError {
  return new UserError(
    `--out ${out} holds ${path}, which a build would clear away with what is stale\n` +
      '  hint: give --out a folder of its own',
  );
}

/** Another build does not end. */
export function busyProject(holder: LockHolder): UserError {
  return new UserError(
    `another build of this project (${holder.name}) has been at work for a minute\n` +
      `  hint: wait for it or end it${ifGone(holder)}`,
  );
}

/** Another process does not end adding to the published sets. */
export function busyState(path: string, holder: LockHolder): UserError {
  return new UserError(
    `${path}: another process has it locked (${holder.name})\n` +
      `  hint: wait for it or end it${ifGone(holder)}`,
  );
}

/** What the file system said; anything else is no fault of writing and passes through. */
export function writeFailed(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  return new UserError(`${folder} cannot be written: ${folderReason(cause)}`, { cause });
}

/** Making a folder fails in ways of its own. */
function folderReason(cause: Error & { code?: unknown }): string {
  if (cause.code === 'EEXIST') return 'something else has that name';
  if (cause.code === 'ENOENT') return 'there is no such place, or a link leads nowhere';
  return reasonOf(cause);
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

/** A file of media/, or of the distribution, is there and cannot be read. */
export function mediaUnreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} cannot be read: ${reasonOf(cause)}\n  hint: mend its permissions, or remove it`,
    { cause },
  );
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
  return new UserError(
    `${path}: ${reasonOf(cause)}\n  hint: mend its owner or permissions, or restore it from a backup`,
    { cause },
  );
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
