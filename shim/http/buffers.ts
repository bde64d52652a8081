// Memory for reading large files. A download whose client keeps up gives its buffer back at once, so
// that few are in use and stay in the processor's cache; each slow client holds on to one, a small one.

/** What is copied to learn when a full socket has room: nothing else in Node.js tells. */
export const TINY_BYTES = 4 * 1024;
export const SMALL_BYTES = 64 * 1024;
/** Still larger ones cost more CPU: what was read leaves the cache before it is written. */
export const LARGE_BYTES = 128 * 1024;

const SIZES = [TINY_BYTES, SMALL_BYTES, LARGE_BYTES];

export interface Buffers {
  /** One of at least so many bytes. @param bytes at most LARGE_BYTES */
  take(bytes: number): Buffer;
  /** Nothing may read from or write to it any more. */
  giveBack(buffer: Buffer): void;
}

/**
 * Buffers that are used again, the last one first, so that a download leaves no garbage.
 * @param maxKept of each size for later
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
