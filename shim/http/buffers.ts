// Memory for reading large files. Large reads make fast clients several times faster, but each slow
// client would hold on to that much: there are few large buffers, and only the fast are lent one.

export const SMALL_BYTES = 64 * 1024;
export const LARGE_BYTES = 512 * 1024;

export interface Buffers {
  small(): Buffer;
  /** Null when all of them are lent. */
  large(): Buffer | null;
  /** Nothing may read from or write to it any more. */
  giveBack(buffer: Buffer): void;
}

/**
 * Buffers that are used again, so that a download leaves no garbage.
 * @param maxLarge large buffers lent at once
 * @param maxKept small ones kept for later
 */
export function createBuffers(maxLarge: number, maxKept: number): Buffers {
  const free: Record<'small' | 'large', Buffer[]> = { small: [], large: [] };
  let lent = 0;
  return {
    small: () => free.small.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES),
    large() {
      if (lent === maxLarge) return null;
      lent += 1;
      return free.large.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
    },
    giveBack(buffer) {
      if (buffer.length === LARGE_BYTES) {
        lent -= 1;
        free.large.push(buffer);
      } else if (free.small.length < maxKept) free.small.push(buffer);
    },
  };
}

/** Writes that a client took at once, in a row. */
export type Pace = number;

/** A client that takes longer than this for one write is slow. */
const FAST_WRITE_MS = 50;

/** The kernel's socket buffers take several MB from us for any client: fast is who takes more. */
const FAST_WRITES = 128;

/** The pace after one more write, by how long the kernel took for it. */
export function nextPace(pace: Pace, milliseconds: number): Pace {
  return milliseconds > FAST_WRITE_MS ? 0 : pace + 1;
}

export function isFast(pace: Pace): boolean {
  return pace >= FAST_WRITES;
}
