// Keeps the log readable and small, whatever is sent to the server.

import { RequestRate } from '../request-rate.ts';
import type { TftpEvent } from './events.ts';

/** Lines per second that unverified senders may cause; others are never limited. */
const LINES_PER_SECOND = 10;

/**
 * Passes events on, but limits those that a forged request can cause (refused, probed, never
 * answered); the excess is counted by `drop`.
 */
export function boundedLog(
  log: (event: TftpEvent) => void,
  drop: (reason: string) => void,
  now: () => number,
): (event: TftpEvent) => void {
  const rate = new RequestRate(LINES_PER_SECOND, LINES_PER_SECOND);
  return (event) => {
    if (!isCheap(event) || rate.admits('', now())) log(event);
    else drop('lines omitted from the log');
  };
}

function isCheap(event: TftpEvent): boolean {
  if (event.kind !== 'transfer') return event.kind === 'refused' || event.kind === 'socket-error';
  return event.outcome !== 'complete' && event.outcome !== 'aborted';
}
