// Waiting for an ACK without going to sleep: in lock-step, where client and server run on different
// processors, half of a block's time would go into waking up.

/** Milliseconds after the last packet for which the event loop is kept turning. */
const AWAKE_MS = 0.2;

/**
 * A function that keeps the event loop from sleeping for the next fifth of a millisecond: while an
 * immediate is pending, it looks for packets and comes back at once.
 * @param now in milliseconds
 * @param worthwhile whether to do so at this moment
 */
export function wakefulness(now: () => number, worthwhile: () => boolean): () => void {
  let until = 0;
  let turning = false;
  const turn = () => {
    turning = now() < until;
    if (turning) setImmediate(turn);
  };
  return () => {
    if (!worthwhile()) return;
    until = now() + AWAKE_MS;
    if (!turning) setImmediate(turn);
    turning = true;
  };
}
