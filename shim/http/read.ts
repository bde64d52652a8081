// Who reads a large file. What the kernel has in memory is read by this thread: through the thread pool
// it costs half as much again, since the bytes then lie in another processor's cache. What comes from
// a slow disk is read by the pool, so that nobody else waits for it.
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Work on a file that takes this thread longer was not from memory, or the thread was interrupted. */
const SLOW_MS = 2;

/** Reads by the pool after slow work: few at first, twice as many each time it happens again. */
const PAUSE = { least: 4, most: 256 } as const;

/** Bytes that this thread takes on at once: few at first and after slow work, then ever more. */
const AT_ONCE = { least: 128 * 1024, most: 1024 * 1024 } as const;

export interface Reader {
  /** Fills a buffer from a position on; the bytes read, 0 at the file's end. Throws the system's error. */
  read(buffer: Buffer, position: number): number | Promise<number>;
  /** Bytes of the file that this thread may work on itself; 0 while the pool reads. */
  atOnce(): number;
  /** Does such work; how long it takes decides who reads next. */
  timed<T>(work: () => T): T;
}

/** @param now milliseconds */
export function readerOf(handle: FileHandle, now = () => performance.now()): Reader {
  let pause: number = PAUSE.least;
  let atOnce: number = AT_ONCE.least;
  let pooled = 0;
  const timed = <T>(work: () => T): T => {
    const began = now();
    const result = work();
    if (now() - began > SLOW_MS) {
      pooled = pause;
      pause = Math.min(2 * pause, PAUSE.most);
      atOnce = AT_ONCE.least;
    } else {
      pause = Math.max(pause - 1, PAUSE.least);
      atOnce = Math.min(2 * atOnce, AT_ONCE.most);
    }
    return result;
  };
  return {
    read(buffer, position) {
      if (pooled === 0) return timed(() => readSync(handle.fd, buffer, 0, buffer.length, position));
      pooled -= 1;
      return handle.read(buffer, 0, buffer.length, position).then(({ bytesRead }) => bytesRead);
    },
    atOnce: () => (pooled > 0 ? 0 : atOnce),
    timed,
  };
}
