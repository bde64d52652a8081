// Reads of large files. What the kernel has in memory is read by this thread: through the thread pool
// it costs half as much again, since the bytes then lie in another processor's cache. What comes from
// a slow disk is read by the pool, so that nobody else waits for it.
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** A read of a buffer that takes longer was not from memory, or this thread was interrupted. */
const SLOW_MS = 2;

/** Reads by the pool after a slow one: few at first, twice as many each time it happens again. */
const PAUSE = { least: 4, most: 256 } as const;

/** Fills a buffer from a position on; the bytes read, 0 at the file's end. Throws the system's error. */
export type Read = (buffer: Buffer, position: number) => number | Promise<number>;

/** @param now milliseconds */
export function readerOf(handle: FileHandle, now = () => performance.now()): Read {
  let pause: number = PAUSE.least;
  let pooled = 0;
  return (buffer, position) => {
    if (pooled > 0) {
      pooled -= 1;
      return handle.read(buffer, 0, buffer.length, position).then(({ bytesRead }) => bytesRead);
    }
    const began = now();
    const bytesRead = readSync(handle.fd, buffer, 0, buffer.length, position);
    if (now() - began > SLOW_MS) {
      pooled = pause;
      pause = Math.min(2 * pause, PAUSE.most);
    } else if (pause > PAUSE.least) pause -= 1;
    return bytesRead;
  };
}
