// Errors about the user that the shim should become.
import { UserError } from '../messages/user-error.ts';

/** @param user of --user, or a number */
export function userUnknown(command: string, user: string): UserError {
  return new UserError(
    `${command}: user ${user} does not exist on this computer\n  hint: give an existing one with --user, by name or number`,
  );
}

/** `--user` needs root. */
export function userWithoutRoot(command: string, user: string): UserError {
  return new UserError(
    `${command}: only root can serve as --user ${user}\n  hint: run sudo ./homepbp ${command} --user ${user}`,
  );
}

/** @param cause the system's EPERM */
export function ownerOutOfReach(
  command: string,
  uid: number,
  folder: string,
  cause: unknown,
): UserError {
  return new UserError(
    `${command}: ${folder} belongs to user ${uid}, and this root is not allowed to become that user (no CAP_SETUID, CAP_SETGID)\n  hint: run it as that user`,
    { cause },
  );
}

/** @param cause the system's EPERM */
export function rootIsBound(command: string, user: string, cause: unknown): UserError {
  return new UserError(
    `${command}: this root is not allowed to become user ${user} (no CAP_SETUID, CAP_SETGID)\n  hint: start it as that user, with CAP_NET_BIND_SERVICE only`,
    { cause },
  );
}
