// Build errors that are not in nodes.yaml.
import type { FoundedFile } from '../contract/founded.ts';
import { ifGone, type LockHolder } from '../durable/holder.ts';
import { UserError } from '../messages/user-error.ts';

/** A file system error in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'ENOTDIR') return 'a part of the path is not a folder';
  if (code === 'ELOOP') return 'its symbolic links form a loop';
  if (code === 'ENAMETOOLONG') return 'the name is too long';
  return error instanceof Error ? error.message : String(error);
}

/** The output folder holds files that we did not build. */
export function notOurs(folder: string): UserError {
  return new UserError(
    `${folder} is not empty and was not made by ./homepbp build; nothing in it was changed\n` +
      '  hint: point --out at a new or empty folder',
  );
}

/** The build would delete files that the project needs. */
export function holdsOwn(out: string, path: string): UserError {
  return new UserError(
    `--out ${out} contains ${path}, which a build would delete as stale\n` +
      '  hint: point --out at a folder of its own',
  );
}

/** Another build keeps running. */
export function busyProject(holder: LockHolder): UserError {
  return new UserError(
    `another build of this project (${holder.name}) has been running for a minute\n` +
      `  hint: wait for it or stop it${ifGone(holder)}`,
  );
}

/** Another process keeps the published sets locked. */
export function busyState(path: string, holder: LockHolder): UserError {
  return new UserError(
    `${path}: another process has it locked (${holder.name})\n` +
      `  hint: wait for it or stop it${ifGone(holder)}`,
  );
}

/** Explains file system errors; anything else is not a write error and passes through. */
export function writeFailed(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  const hint = hintTo(folder, cause as NodeJS.ErrnoException);
  return new UserError(`${folder} cannot be written: ${folderReason(cause)}\n  hint: ${hint}`, {
    cause,
  });
}

/** What to do about a folder that cannot be written. */
function hintTo(folder: string, { code }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'free some space, then run it again';
  if (code === 'EACCES' || code === 'EPERM')
    return `make it yours (sudo chown -R "$USER" ${folder}), or give another folder`;
  return 'give another folder';
}

/** Creating a folder has its own ways to fail. */
function folderReason(cause: Error): string {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return 'something else has this name';
  if (code === 'ENOENT' && syscall === 'mkdir') return 'no folder can be made there';
  if (code === 'ENOENT') return 'no such folder, or a dangling link';
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
  const hint = hintTo(folder, cause as NodeJS.ErrnoException);
  return new UserError(`${folder} cannot be written: ${reasonOf(cause)}\n  hint: ${hint}`, {
    cause,
  });
}

/** A file of media/, or of the distribution, exists but cannot be read. */
export function mediaUnreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} cannot be read: ${reasonOf(cause)}\n  hint: fix its permissions, or remove it`,
    { cause },
  );
}

export function inventoryUnreadable(path: string, cause: unknown): UserError {
  const { code } = cause as NodeJS.ErrnoException;
  const missing = code === 'ENOENT';
  const isElsewhere = missing || code === 'EISDIR' || code === 'ENOTDIR';
  const hint = isElsewhere
    ? 'run this in the folder with nodes.yaml, or pass --inventory FILE'
    : 'check its permissions';
  return new UserError(`${path}: ${missing ? 'no such file' : reasonOf(cause)}\n  hint: ${hint}`, {
    cause,
  });
}

export function notUtf8(path: string): UserError {
  return new UserError(`${path} is not UTF-8 text\n  hint: save it as UTF-8 in your editor`);
}

/** A file that the project must not lose cannot be read or written. */
export function keepsakeFailed(path: string, cause: unknown): UserError {
  return new UserError(
    `${path}: ${reasonOf(cause)}\n  hint: fix its owner or permissions, or restore it from a backup`,
    { cause },
  );
}

/** `--never-booted` contradicts a node's report. */
export function hasFounded({ node, at }: FoundedFile, path: string): UserError {
  return new UserError(
    `--never-booted is wrong: ${node} reported at ${at} that it founded the cluster (${path})\n` +
      '  hint: drop the flag; or, if that cluster is gone for good, remove that file first',
  );
}

/** The sources of the page do not build. */
export function pageFailed(cause: unknown): UserError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`web/ cannot be built: ${said.trim()}`, { cause });
}
