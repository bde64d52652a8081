// Why a request was not served, worded for the client and for the log.
import { ERROR, encodeError } from './packet.ts';
import type { Outcome } from './transfer.ts';

/** A request gets an ERROR packet with this code and message instead of a file. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The session was ended from outside: at shutdown, by its age, or by a newer request. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** The file has changed since the transfer began. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';

  constructor(path: string) {
    super(`${path} was written to while it was being sent`);
  }
}

/** The file exists, but cannot be opened. */
export function unreadable(cause: unknown): RefusedError {
  const code = (cause as NodeJS.ErrnoException).code;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new RefusedError(
    denied ? ERROR.accessViolation : ERROR.undefined,
    'the file cannot be read',
    { cause },
  );
}

/** The ERROR packet for the client, without paths and causes: those go only to the log. */
export function errorPacket(error: unknown): Uint8Array {
  if (error instanceof RefusedError) return encodeError(error.code, error.message);
  if (error instanceof StoppedError) return encodeError(ERROR.undefined, error.message);
  const changed = error instanceof FileChangedError;
  return encodeError(ERROR.undefined, changed ? 'the file has changed' : 'the file cannot be read');
}

/** Why a transfer is not complete; null when it is, or was only a probe. */
export function reasonOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'aborted':
      return `error ${outcome.code}: ${outcome.message}`;
    case 'timeout':
      return 'no answer';
    case 'failed':
      return messageOf(outcome.error);
    default:
      return null;
  }
}

/** An error with its cause, for the log. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
