// How much of a large file is read at once: 1 MiB makes fast clients several times faster than
// 64 KiB does, but each slow client would hold that much memory. Pure.

export const FIRST_READ_BYTES = 64 * 1024;
export const MAX_READ_BYTES = 1024 * 1024;

export interface Pace {
  /** Bytes to read next. */
  readonly size: number;
  /** Reads of this size in a row that the client took at once. */
  readonly fast: number;
}

/** A client that takes longer for one read than this is a slow one. */
const FAST_WRITE_MS = 50;

/**
 * Fast reads before the size doubles. The kernel's socket buffers take several MB for any client;
 * with this many the first stall comes while the size is still small.
 */
const READS_PER_SIZE = 32;

/** The pace after a write that took this long to be taken by the kernel. */
export function nextReadSize({ size, fast }: Pace, milliseconds: number): Pace {
  if (milliseconds > FAST_WRITE_MS) return { size: FIRST_READ_BYTES, fast: 0 };
  if (size === MAX_READ_BYTES || fast + 1 < READS_PER_SIZE) return { size, fast: fast + 1 };
  return { size: size * 2, fast: 0 };
}
