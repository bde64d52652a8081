// Retries temporary failures, with growing delays.
import { setTimeout as sleep } from 'node:timers/promises';
import { FetchError } from './fetch-errors.ts';

export interface RetryPolicy {
  /** Gives up after this many failures in a row. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly firstDelay: number;
  /** The longest delay in milliseconds, whatever the server asks for. */
  readonly maxDelay: number;
}

export const RETRY: RetryPolicy = { attempts: 5, firstDelay: 500, maxDelay: 15_000 };

/**
 * Runs `work` until it succeeds or fails for good.
 * @param work calls `progressed` when it made progress: such a transfer must not run out of attempts
 * @throws what the last attempt threw; the signal's reason if it is aborted
 */
export async function withRetries<T>(
  work: (progress: { progressed(): void }) => Promise<T>,
  policy: RetryPolicy,
  signal?: AbortSignal,
): Promise<T> {
  let failures = 0;
  const progress = {
    progressed() {
      failures = 0;
    },
  };
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work(progress);
    } catch (error) {
      signal?.throwIfAborted();
      failures += 1;
      if (!(error instanceof FetchError) || !error.retry || failures >= policy.attempts)
        throw error;
      const delay = delayAfter(failures, policy, error.retryAfter);
      await sleep(delay, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/**
 * Milliseconds to wait after this many failures in a row: exponential, up to half of it random, so that
 * many clients do not come back at once.
 */
export function delayAfter(
  failures: number,
  { firstDelay, maxDelay }: RetryPolicy,
  retryAfter = 0,
  random: () => number = Math.random,
): number {
  const backoff = Math.min(maxDelay, firstDelay * 2 ** (failures - 1));
  const jittered = backoff / 2 + (backoff / 2) * random();
  return Math.max(jittered, Math.min(retryAfter, maxDelay));
}
