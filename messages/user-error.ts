/**
 * A fault that the user can mend: the command prints its message (what, where, how to mend it)
 * without a stack trace and exits 1. Each area builds its own in its `errors.ts`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}
