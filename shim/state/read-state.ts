import { readFileSync } from 'node:fs';
import { UserError } from '../../messages/user-error.ts';
import { stateUnreadable } from './state-errors.ts';

/**
 * A file of the state folder; null if it does not exist.
 * @throws {UserError} when it is damaged or cannot be read
 */
export function readState<T>(path: string, parse: (text: string, path: string) => T): T | null {
  try {
    return parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw stateUnreadable(path, error);
  }
}
