// Messages of an export.
import { UserError } from '../../messages/user-error.ts';
import { reasonOf } from '../errors.ts';

export function notBuilt(dist: string, cause?: unknown): UserError {
  return new UserError(`${dist} holds no built tree\n  hint: run ./homepbp build first`, { cause });
}

/** A link whose file in media/ is gone. */
export function leadsNowhere(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} cannot be read: what it links to is gone\n  hint: run ./homepbp fetch and ./homepbp build first`,
    { cause },
  );
}

export function keepsChanging(dist: string): UserError {
  return new UserError(
    `${dist} changed again and again while it was being copied\n  hint: wait until the build is done, then run it again`,
  );
}

export function noParent(dir: string): UserError {
  return new UserError(
    `${dir} cannot be made: the folder above it is not there\n  hint: mount the NAS first, or correct the path`,
  );
}

export function notAnExport(dir: string, name: string): UserError {
  return new UserError(
    `${dir} is not empty (${name}) and was not made by ./homepbp export, so nothing in it was touched\n` +
      '  hint: give a new or empty folder',
  );
}

export function foreignFile(dir: string, path: string): UserError {
  return new UserError(
    `${dir}/${path} belongs to the tree, but was not put there by ./homepbp export\n` +
      '  hint: move it away, then run it again',
  );
}

export function insideItself(dir: string, dist: string): UserError {
  return new UserError(`${dir} and ${dist} lie in each other\n  hint: give another folder`);
}

export function recordDamaged(path: string, cause: unknown): UserError {
  return new UserError(
    `${path} is damaged, so it is not known which files are of an earlier export\n` +
      '  hint: empty the folder, then run it again',
    { cause },
  );
}

export function damagedMedia(path: string): UserError {
  return new UserError(
    `${path} is not what the manifest of the build says\n` +
      '  hint: run ./homepbp fetch --check, ./homepbp fetch and ./homepbp build, then this again',
  );
}

export function noRoom(dir: string, needed: number, free: number): UserError {
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  return new UserError(
    `${dir}: ${megabytes(needed)} are to be copied, ${megabytes(free)} are free there\n  hint: free some space, then run it again`,
  );
}

/** Copying failed; faults that are worded already pass through. */
export function exportFailed(dir: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  return new UserError(
    `${dir} cannot be written: ${reasonFor(cause)}\n  hint: what was copied stays; run it again once this is mended`,
    { cause },
  );
}

/** A part is only ever written to where there is none. */
function reasonFor(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return 'another export is at work there';
  if (code === 'ENOENT') return 'the folder is gone, or is a link that leads nowhere';
  return reasonOf(cause);
}
