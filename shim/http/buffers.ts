// Memory for reading large files. A download whose client keeps up gives its buffer back at once, so
// that few are in use and stay in the processor's cache; each slow client holds on to one, a small one.

export const SMALL_BYTES = 64 * 1024;
/** Still larger ones cost more CPU: what was read leaves the cache before it is written. */
export const LARGE_BYTES = 128 * 1024;

export interface Buffers {
  take(size: 'small' | 'large'): Buffer;
  /** Nothing may read from or write to it any more. */
  giveBack(buffer: Buffer): void;
}

/**
 * Buffers that are used again, the last one first, so that a download leaves no garbage.
 * @param maxKept of each size for later
 */
export function createBuffers(maxKept: number): Buffers {
  const free: Record<'small' | 'large', Buffer[]> = { small: [], large: [] };
  return {
    take(size) {
      const bytes = size === 'large' ? LARGE_BYTES : SMALL_BYTES;
      return free[size].pop() ?? Buffer.allocUnsafeSlow(bytes);
    },
    giveBack(buffer) {
      const kept = free[buffer.length === LARGE_BYTES ? 'large' : 'small'];
      if (kept.length < maxKept) kept.push(buffer);
    },
  };
}
