/**
 * An error that the user can fix: the command prints its message (what, where, how to fix it)
 * without a stack trace and exits 1. Each area builds its own in its `…errors.ts`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}
