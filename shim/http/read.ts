// Which thread reads a large file. What the kernel has in memory is read by this thread: the thread pool
// costs half as much again, since the bytes end up in another CPU's cache. What comes from a slow disk
// is read by the pool, so that other clients do not wait for it.
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Work that takes this thread longer was not served from memory, or the thread was interrupted. */
const SLOW_MS = 2;

/** Reads left to the pool after slow work: few at first, twice as many each further time. */
const PAUSE = { least: 4, most: 256 } as const;

/** Bytes that this thread handles at once: few at first and after slow work, then increasingly more. */
const AT_ONCE = { least: 128 * 1024, most: 1024 * 1024 } as const;

export interface Reader {
  /** Fills a buffer from a position; returns the bytes read, 0 at end of file. Throws the system's error. */
  read(buffer: Buffer, position: number): number | Promise<number>;
  /** Bytes of the file that this thread may work on itself; 0 while the pool reads. */
  atOnce(): number;
  /** Runs such work; its duration decides who reads next. */
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
