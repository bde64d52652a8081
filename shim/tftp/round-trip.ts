// How long to wait for an ACK: the estimator of RFC 6298, in milliseconds, pure.

/** Smoothed round trip and its variation. */
export interface RoundTrip {
  readonly smoothed: number;
  readonly variation: number;
}

/** The timeout before any measurement (RFC 6298 section 2.1). */
const INITIAL_TIMEOUT_MS = 1000;

/** Below this, firmware that is briefly busy would look like a lost packet. */
const MIN_TIMEOUT_MS = 250;

/** Beyond this, doubling only delays recovery. */
const MAX_TIMEOUT_MS = 8000;

/** The estimate after one more measured round trip (RFC 6298 sections 2.2 and 2.3). */
export function measured(before: RoundTrip | null, roundTripMs: number): RoundTrip {
  if (before === null) return { smoothed: roundTripMs, variation: roundTripMs / 2 };
  const deviation = Math.abs(before.smoothed - roundTripMs);
  return {
    smoothed: before.smoothed + (roundTripMs - before.smoothed) / 8,
    variation: before.variation + (deviation - before.variation) / 4,
  };
}

/** Time to wait for an ACK after the `retries`-th retransmission in a row: it doubles with each. */
export function timeoutMs(estimate: RoundTrip | null, retries: number): number {
  const base =
    estimate === null
      ? INITIAL_TIMEOUT_MS
      : Math.max(MIN_TIMEOUT_MS, estimate.smoothed + 4 * estimate.variation);
  return Math.min(MAX_TIMEOUT_MS, base * 2 ** retries);
}
