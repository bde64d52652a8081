// Messages of an export.
import { UserError } from '../../messages/user-error.ts';
import { reasonOf } from '../build-errors.ts';

export function notBuilt(dist: string, cause?: unknown): UserError {
  return new UserError(`${dist} is not a built tree\n  hint: run ./homepbp build first`, { cause });
}

/** A link into media/ whose target is gone. */
export function leadsNowhere(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} cannot be read: the file that it links to is gone\n  hint: run ./homepbp fetch and ./homepbp build first`,
    { cause },
  );
}

export function keepsChanging(dist: string): UserError {
  return new UserError(
    `${dist} kept changing while it was being copied\n  hint: wait until the build is done, then run this again`,
  );
}

export function noParent(dir: string): UserError {
  return new UserError(
    `${dir} cannot be created: its parent folder does not exist\n  hint: mount the NAS first, or fix the path`,
  );
}

export function notAnExport(dir: string, name: string): UserError {
  return new UserError(
    `${dir} is not empty (${name}) and was not made by ./homepbp export; nothing in it was changed\n` +
      '  hint: use a new or empty folder',
  );
}

export function foreignFile(dir: string, path: string): UserError {
  return new UserError(
    `${dir}/${path} is in the way: ./homepbp export did not write it\n` +
      '  hint: move it away, then run this again',
  );
}

export function insideItself(dir: string, dist: string): UserError {
  return new UserError(`${dir} and ${dist} contain each other\n  hint: use another folder`);
}

export function recordDamaged(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} is damaged, so the files of earlier exports are unknown\n` +
      '  hint: empty the folder, then run this again',
    { cause },
  );
}

/** The key in the record of a node is none. */
export function recordUnfit(path: string, cause: Error): UserError {
  return new UserError(
    `${path}: the file is damaged: pinned.key: ${cause.message}\n` +
      '  hint: restore it from a backup, or remove it and run ./homepbp enroll with the name of the node',
    { cause },
  );
}

/** dist/ may be of a version whose user-data had the secrets. */
export function notIssued(path: string): UserError {
  return new UserError(`${path} is missing\n  hint: run ./homepbp build first`);
}

export function damagedMedia(path: string): UserError {
  return new UserError(
    `${path} does not match the manifest of the build\n` +
      '  hint: run ./homepbp fetch --check, ./homepbp fetch and ./homepbp build, then this again',
  );
}

export function noRoom(dir: string, needed: number, free: number): UserError {
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  return new UserError(
    `${dir}: ${megabytes(needed)} needed, but only ${megabytes(free)} free\n  hint: free some space, then run this again`,
  );
}

/** Copying failed; UserErrors pass through. */
export function exportFailed(dir: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  const uid = process.geteuid?.();
  const isDenied = uid !== undefined && (code === 'EACCES' || code === 'EPERM');
  const hint = isDenied
    ? `this ran as user ${uid}, also under sudo: give that user the folder with sudo install -d -o ${uid} ${dir}`
    : 'copied files stay; fix this, then run it again';
  return new UserError(`${dir} cannot be written: ${reasonFor(cause)}\n  hint: ${hint}`, { cause });
}

/** The part file must not exist before it is written. */
function reasonFor(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return 'another export is running there';
  if (code === 'ENOENT') return 'the folder is gone or cannot be made, or it is a dangling link';
  return reasonOf(cause);
}
