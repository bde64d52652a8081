// What is wrong with a file of trusted-signers/, and what to do next.
import { basename, dirname, extname, join } from 'node:path';
import { formatBytes } from '../messages/bytes.ts';
import { UserError } from '../messages/user-error.ts';

const EXPORT = 'gpg --armor --export FINGERPRINT prints a key as it belongs there';

function hinted(what: string, hint: string, cause?: unknown): UserError {
  return new UserError(`${what}\n  hint: ${hint}`, cause === undefined ? undefined : { cause });
}

/** @param folders of the publishers */
export function misplaced(path: string, folders: readonly string[]): UserError {
  const places = folders.map((name) => join(dirname(path), name)).join(' or ');
  return hinted(
    `${path}: a key is trusted for one publisher, and this belongs to none`,
    `move it to ${places}: the first is for the Ubuntu archive with its ports and snapshots, the second for boot images`,
  );
}

export function badName(path: string): UserError {
  return hinted(
    `${path}: not named after a key's fingerprint`,
    'name it with all 40 digits of the fingerprint that you compared, and .asc or .gpg; anything else belongs elsewhere',
  );
}

/** @param why such as `not a file` */
export function noKey(path: string, why: string, cause?: unknown): UserError {
  return hinted(`${path}: not a public key: ${why}`, EXPORT, cause);
}

export function tooLargeForKey(path: string, bytes: number): UserError {
  return noKey(path, `it has ${formatBytes(bytes)}`);
}

export function severalKeys(path: string, count: number): UserError {
  return hinted(
    `${path}: has ${count} keys, and only one is named by the file`,
    `put each key that you trust into a file of its own: ${EXPORT}`,
  );
}

/** The folder is committed, so the key may already be in other hands. */
export function privateKey(path: string): UserError {
  return hinted(
    `${path}: a private key, which whoever has it can sign with`,
    `delete it, also from version control, and put the public key there: ${EXPORT}`,
  );
}

/** @param isSubkey whether the file's name is the fingerprint of a subkey of that key */
export function otherKey(path: string, fingerprint: string, isSubkey: boolean): UserError {
  const named = basename(path, extname(path));
  const right = join(dirname(path), `${fingerprint}${extname(path)}`);
  return isSubkey
    ? hinted(
        `${path}: named after a subkey; the key itself is ${fingerprint}`,
        `if that is the fingerprint that the publisher announced, rename the file to ${right}`,
      )
    : hinted(
        `${path}: holds the key ${fingerprint}, not ${named}`,
        `it was not trusted: get the key that you compared, or compare this one and rename the file to ${right}`,
      );
}

export function unreadable(path: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOTDIR') return hinted(`${path}: not a folder`, 'move that file away', cause);
  return hinted(
    `${path}: cannot be read: ${code === 'EACCES' ? 'permission denied' : message}`,
    'make it readable for the user who fetches',
    cause,
  );
}
