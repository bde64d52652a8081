// Tries again what failed for a passing reason, later each time.
import { setTimeout as sleep } from 'node:timers/promises';
import { FetchError } from './fetch-errors.ts';

export interface RetryPolicy {
  /** Failures in a row after which the last one is final. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly firstDelay: number;
  /** Milliseconds that no delay exceeds, whatever the server asks for. */
  readonly maxDelay: number;
}

export const RETRY: RetryPolicy = { attempts: 5, firstDelay: 500, maxDelay: 15_000 };

/**
 * Runs `work` until it succeeds or fails for good.
 * @param work calls `progressed` where it made progress: such a transfer must not run out of attempts
 * @throws what the last attempt threw; the signal's reason when it is aborted
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
      await sleep(delayAfter(failures, policy, error.retryAfter), undefined, { signal });
    }
  }
}

/**
 * Milliseconds to wait after so many failures in a row: exponential, with up to half of it left to
 * chance so that many clients do not come back at once.
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
