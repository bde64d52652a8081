// Keeps the log readable, and its file small, whatever is sent to the server.
import type { TftpEvent } from './events.ts';
import { RequestRate } from './request-rate.ts';

/** Lines per second that senders may cause who have shown nothing yet; others are never held back. */
const LINES_PER_SECOND = 10;

/**
 * Passes events on, but of those that a forged request is enough for (refused, probed, never
 * answered) only so many a second; the others are counted by `drop`.
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
