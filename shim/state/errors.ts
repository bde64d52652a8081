// Faults of the folder in which the shim keeps what it saw.
import { ifGone, type LockHolder } from '../../durable/holder.ts';
import { UserError } from '../../messages/user-error.ts';

/** What is kept decides who may found a cluster: a guess would be worse than no server. */
export function stateUnreadable(path: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(
    `${path} cannot be read: ${code ?? message}\n  hint: check that it is a regular file, and its owner and permissions`,
    { cause },
  );
}

/** Text for the answer and the log: what had to be remembered could not be. */
export function stateNotWritten(path: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(
    `Genesis cannot write ${path} (${code ?? message}); make that folder writable, or choose another with --state`,
    { cause },
  );
}

/** Text like that of stateNotWritten, where another process has the file for too long. */
export function busyState(path: string, holder: LockHolder): UserError {
  return new UserError(
    `Genesis cannot write ${path}: another process has it locked (${holder.name}); stop it${ifGone(holder)}`,
  );
}
