// Waits for an ACK without going to sleep: when client and server run on different CPUs, waking up
// takes half of a block's time in lock-step, and much of a small window's.
import { availableParallelism, loadavg } from 'node:os';

/** Milliseconds after the last packet for which the event loop is kept spinning. */
const AWAKE_MS = 0.2;

const LOOK_AGAIN_MS = 1000;

/**
 * Whether an answer can be expected while the loop spins: one that takes longer would find it asleep
 * again, and the CPU time wasted.
 * @param roundTripMs null when unknown
 */
export function isNear(roundTripMs: number | null): boolean {
  return roundTripMs === null || roundTripMs < AWAKE_MS;
}

/**
 * Returns a function that tells whether the machine has an idle CPU: on a busy one, spinning takes more
 * from other processes, perhaps the client among them, than it gains.
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
 * Returns a function that keeps the event loop awake for the next fifth of a millisecond: while an
 * immediate is pending, the loop polls for packets without blocking.
 * @param now in milliseconds
 * @param worthwhile whether to do so now
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
