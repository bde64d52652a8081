// Buffers for reading large files. A download whose client keeps up returns its buffer at once, so
// few are in use and they stay in the CPU cache; each slow client holds one small buffer.

/** Probe size: a copied write is the only way to learn that the socket has drained. */
export const TINY_BYTES = 4 * 1024;
export const SMALL_BYTES = 64 * 1024;
/** Larger ones cost more CPU: what was read leaves the cache before it is written. */
export const LARGE_BYTES = 128 * 1024;

const SIZES = [TINY_BYTES, SMALL_BYTES, LARGE_BYTES];

export interface Buffers {
  /** A buffer of at least this size. @param bytes at most LARGE_BYTES */
  take(bytes: number): Buffer;
  /** The caller must not use it afterwards. */
  giveBack(buffer: Buffer): void;
}

/**
 * A pool, last in first out, so that a download leaves no garbage.
 * @param maxKept buffers kept of each size
 */
export function createBuffers(maxKept: number): Buffers {
  const free = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]));
  return {
    take(bytes) {
      const size = SIZES.find((each) => each >= bytes) ?? LARGE_BYTES;
      return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
    },
    giveBack(buffer) {
      const kept = free.get(buffer.length);
      if (kept !== undefined && kept.length < maxKept) kept.push(buffer);
    },
  };
}
