// The bytes of a response: never more and never fewer than its Content-Length says.
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createBuffers } from './buffers.ts';
import type { ByteRange } from './range.ts';
import { readerOf } from './read.ts';

/** The client went away, or was given up. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The file has fewer bytes than were promised when the response began. */
export class FileShrunk extends Error {
  override readonly name = 'FileShrunk';
}

/** Whether nobody is left to take the response: its 'close' has been, or will never come. */
export function isLost(response: ServerResponse): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}

/**
 * Takes one chunk. Null when the kernel has it already, so that its buffer can be used again; else
 * resolves once it has. Rejects with ConnectionLost.
 */
export type Write = (chunk: Uint8Array) => Promise<void> | null;

/** Writes to a response until it is gone. */
export function writerOf(response: ServerResponse): Write {
  let giveUp: ((reason: ConnectionLost) => void) | null = null;
  response.once('close', () => giveUp?.(new ConnectionLost()));
  return (chunk) => {
    const { socket } = response;
    if (isLost(response) || socket === null) return Promise.reject(new ConnectionLost());
    let taken: (error?: Error | null) => void = () => {};
    // Without this, Node.js holds each chunk back until the next turn.
    socket.cork();
    response.write(chunk, (error) => taken(error));
    socket.uncork();
    if (socket.writableLength === 0 && !socket.destroyed) return null;
    return new Promise((resolve, reject) => {
      giveUp = reject;
      taken = (error) => {
        giveUp = null;
        if (error) reject(new ConnectionLost());
        else resolve();
      };
      if (isLost(response)) reject(new ConnectionLost());
    });
  };
}

/** For the process: what waits to be used again is at most 12 MiB. */
const buffers = createBuffers(64);

/** A client whose socket buffer takes longer to have room again is slow, and there may be hundreds. */
const SLOW_MS = 20;

/** Bytes that one download sends before the others have their turn. */
const TURN_BYTES = 512 * 1024;

/**
 * Sends a stretch of an open file and ends the response.
 * @throws ConnectionLost, FileShrunk; then the connection must be cut
 */
export async function sendStretch(
  response: ServerResponse,
  handle: FileHandle,
  { start, end }: ByteRange,
): Promise<void> {
  const write = writerOf(response);
  const read = readerOf(handle);
  let size: 'small' | 'large' = 'small';
  let turnEnds = start + TURN_BYTES;
  for (let position = start; position <= end; ) {
    const buffer = buffers.take(size);
    try {
      const length = Math.min(buffer.length, end - position + 1);
      const reading = read(buffer.subarray(0, length), position);
      const bytesRead = typeof reading === 'number' ? reading : await reading;
      if (bytesRead === 0) throw new FileShrunk();
      position += bytesRead;
      const writing = write(buffer.subarray(0, bytesRead));
      if (writing !== null) size = (await timed(writing)) > SLOW_MS ? 'small' : 'large';
    } finally {
      buffers.giveBack(buffer);
    }
    if (position < turnEnds) continue;
    turnEnds = position + TURN_BYTES;
    await new Promise(setImmediate);
  }
  response.end();
}

/** Milliseconds until it resolves. */
async function timed(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}
