// secrets/issued/secrets.json, reread when a build has replaced it.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ISSUED, type Issued, parseIssued } from '../../contract/issued.ts';
import { UserError } from '../../messages/user-error.ts';

/** As it is now; cheap while nothing has changed. Null: missing, or it cannot be read. */
export type IssuedReader = () => Issued | null;

/**
 * @param secrets the folder
 * @param onFault called once for each file that cannot be read, with why; not where there is none
 */
export function createIssuedReader(
  secrets: string,
  onFault: (reason: string) => void,
): IssuedReader {
  const path = join(secrets, ISSUED);
  let stamp = '';
  let issued: Issued | null = null;
  return () => {
    const now = stampOf(path);
    if (now !== stamp) {
      stamp = now;
      issued = now === NONE ? null : read(path, onFault);
    }
    return issued;
  };
}

const NONE = 'ENOENT';

/** A build renames its files into place, so a new file has a new inode. */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, size, ctimeMs } = statSync(path);
    return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}

function read(path: string, onFault: (reason: string) => void): Issued | null {
  try {
    return parseIssued(readFileSync(path, 'utf8'), path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    onFault(
      error instanceof UserError
        ? message
        : `${path} cannot be read (${code ?? message}); it must be readable by the user that the shim runs as`,
    );
    return null;
  }
}
