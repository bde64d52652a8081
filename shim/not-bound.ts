// Lines of the log about addresses that a running server cannot serve at.
import type { LogEvent } from './log.ts';

/**
 * @param fault as for the terminal: a reason, and lines of hints
 * @param code the system's
 */
export function notBound(
  area: LogEvent['area'],
  fault: string,
  code: string | undefined,
  address?: string,
): LogEvent {
  const [reason = '', hint] = fault
    .split('\n  hint: ')
    .map((part) => part.replaceAll(/\n\s*/g, '; '));
  // cli/bind-right.ts cannot keep the right to bind a low port everywhere.
  const next =
    code === 'EACCES' ? 'restart it as root: it gives root up once its ports are bound' : hint;
  return { area, event: 'not bound', fields: { address, reason, hint: next } };
}
