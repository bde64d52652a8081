// Errors of the folder in which the shim keeps its state.
import { ifGone, type LockHolder } from '../../durable/holder.ts';
import { UserError } from '../../messages/user-error.ts';

/** The state decides who may found a cluster: guessing would be worse than not serving. */
export function stateUnreadable(path: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(
    `${path} cannot be read: ${code ?? message}\n  hint: check that it is a regular file, and its owner and permissions`,
    { cause },
  );
}

/** For the response and the log: something that must be stored could not be written. */
export function stateNotWritten(path: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(
    `Genesis cannot write ${path} (${code ?? message}); make that folder writable, or choose another with --state`,
    { cause },
  );
}

/** Like stateNotWritten, when another process holds the file for too long. */
export function busyState(path: string, holder: LockHolder): UserError {
  return new UserError(
    `Genesis cannot write ${path}: another process has it locked (${holder.name}); stop it${ifGone(holder)}`,
  );
}

/** A record of another node, copied or renamed by hand. @param name whose it is */
export function otherRecord(path: string, name: string): UserError {
  return new UserError(
    `${path} is the record of ${name}\n  hint: restore it from a backup, or remove it and run ./homepbp enroll with the name of the node`,
  );
}
