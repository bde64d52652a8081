// How often one address may ask: token buckets. The caller passes the time.

interface Bucket {
  tokens: number;
  at: number;
}

/** A bucket holds this many seconds' worth of requests. */
const BURST_SECONDS = 4;

/** Addresses remembered; forged ones would fill any table, so the least recent are dropped. */
const MAX_ADDRESSES = 4096;

/** Counts requests by address and in all. */
export class RequestRate {
  readonly #perAddress: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #inAll: Bucket;
  readonly #perSecondInAll: number;

  constructor(perSecond: number, perSecondInAll: number) {
    this.#perAddress = perSecond;
    this.#perSecondInAll = perSecondInAll;
    this.#inAll = { tokens: perSecondInAll * BURST_SECONDS, at: 0 };
  }

  /** Addresses remembered. */
  get addresses(): number {
    return this.#buckets.size;
  }

  /** Whether another request from the address is within the limits; `now` in milliseconds. */
  admits(address: string, now: number): boolean {
    const bucket = this.#buckets.get(address) ?? {
      tokens: this.#perAddress * BURST_SECONDS,
      at: now,
    };
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MAX_ADDRESSES) this.#forgetOldest();
    // An address over its own limit must not use up what is left for the others.
    return take(bucket, this.#perAddress, now) && take(this.#inAll, this.#perSecondInAll, now);
  }

  #forgetOldest(): void {
    for (const address of this.#buckets.keys()) {
      this.#buckets.delete(address);
      return;
    }
  }
}

function take(bucket: Bucket, perSecond: number, now: number): boolean {
  const earned = ((now - bucket.at) / 1000) * perSecond;
  bucket.tokens = Math.min(perSecond * BURST_SECONDS, bucket.tokens + earned);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
