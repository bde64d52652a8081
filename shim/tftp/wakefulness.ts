// Waiting for an ACK without going to sleep: where client and server run on different processors,
// half of a block's time in lock-step, and much of a small window's, would go into waking up.
import { availableParallelism, loadavg } from 'node:os';

/** Milliseconds after the last packet for which the event loop is kept turning. */
const AWAKE_MS = 0.2;

const LOOK_AGAIN_MS = 1000;

/**
 * Whether an answer can be expected while the loop is kept turning: one that takes longer would find
 * it asleep again, and the time spent in vain.
 * @param roundTripMs null when it is not known yet
 */
export function isNear(roundTripMs: number | null): boolean {
  return roundTripMs === null || roundTripMs < AWAKE_MS;
}

/**
 * A function that says whether the machine has a processor that nobody else wants: on a busy one,
 * staying awake takes more from the others, a client among them, than it brings.
 * @param now in milliseconds
 */
export function spareProcessor(now: () => number): () => boolean {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let spare = false;
  return () => {
    if (now() - lookedAt < LOOK_AGAIN_MS) return spare;
    lookedAt = now();
    const [lastMinute = 0] = loadavg();
    spare = lastMinute < availableParallelism() - 0.5;
    return spare;
  };
}

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
