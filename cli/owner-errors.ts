// What can be wrong with the user that the shim is to become.
import { UserError } from '../messages/user-error.ts';

export function userUnknown(command: string, user: string): UserError {
  return new UserError(
    `${command}: there is no user ${user} on this computer to serve as\n  hint: name one with --user, by name or number`,
  );
}

export function userWithoutRoot(command: string, user: string): UserError {
  return new UserError(
    `${command}: only root can serve as --user ${user}\n  hint: sudo ./homepbp ${command} --user ${user}`,
  );
}

/** @param cause the system's EPERM */
export function rootIsBound(command: string, user: string, cause: unknown): UserError {
  return new UserError(
    `${command}: this root is not allowed to become the user ${user} (CAP_SETUID, CAP_SETGID)\n  hint: start it as that user, who needs CAP_NET_BIND_SERVICE only`,
    { cause },
  );
}
