// The body of a response: exactly as many bytes as its Content-Length says.
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createBuffers, LARGE_BYTES, SMALL_BYTES, TINY_BYTES } from './buffers.ts';
import type { ByteRange } from './range.ts';
import { type Reader, readerOf } from './read.ts';
import { type SendFile, sendFile } from './sendfile.ts';
import { countSent } from './sent.ts';

/** The client disconnected, or timed out. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The file is now shorter than the response announced. */
export class FileShrunk extends Error {
  override readonly name = 'FileShrunk';
}

/** Whether the client is gone: 'close' has fired, or never will. */
export function isLost(response: ServerResponse): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}

/**
 * Writes one chunk. Null when the kernel has taken it already, so that its buffer can be reused;
 * otherwise resolves once it has. Rejects with ConnectionLost.
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
    // Without this, Node.js holds each chunk back until the next tick.
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

/** For the whole process: at most 12 MiB are kept for reuse. */
const buffers = createBuffers(64);

/** A client whose socket buffer takes longer to drain is slow, and there may be hundreds of them. */
const SLOW_MS = 20;

/** Bytes that one download sends before the others get a turn. */
const TURN_BYTES = 512 * 1024;

/**
 * Sends a stretch of an open file and ends the response.
 * @throws ConnectionLost, FileShrunk; then the connection must be cut
 */
export async function sendStretch(
  response: ServerResponse,
  handle: FileHandle,
  { start, end }: ByteRange,
  send = sendFile,
  reader = readerOf(handle),
): Promise<void> {
  const copy = copierOf(response, reader);
  const hand = send === null ? () => null : handerOf(response, handle, reader, send);
  // The headers leave with the first bytes: nothing may overtake them.
  let position = start + (await copy(start, Math.min(TINY_BYTES, end - start + 1)));
  let turnEnds = start + TURN_BYTES;
  while (position <= end) {
    const left = end - position + 1;
    const handed = hand(position, left);
    position += handed || (await copy(position, handed === 0 ? Math.min(TINY_BYTES, left) : left));
    if (position < turnEnds) continue;
    turnEnds = position + TURN_BYTES;
    await new Promise(setImmediate);
  }
  response.end();
}

/** Copies a piece of at most `most` bytes from the file to the client, and returns its length. */
function copierOf(response: ServerResponse, { read }: Reader) {
  const write = writerOf(response);
  let size = SMALL_BYTES;
  return async (position: number, most: number): Promise<number> => {
    const length = Math.min(size, most);
    const buffer = buffers.take(length);
    try {
      const reading = read(buffer.subarray(0, length), position);
      const bytesRead = typeof reading === 'number' ? reading : await reading;
      if (bytesRead === 0) throw new FileShrunk();
      const writing = write(buffer.subarray(0, bytesRead));
      if (writing !== null) size = (await timed(writing)) > SLOW_MS ? SMALL_BYTES : LARGE_BYTES;
      return bytesRead;
    } finally {
      buffers.giveBack(buffer);
    }
  };
}

/**
 * Returns bytes sent by sendfile(2); 0 if the socket is full; null means copy (for good after an
 * error).
 */
function handerOf(response: ServerResponse, { fd }: FileHandle, reader: Reader, send: SendFile) {
  let works = true;
  return (position: number, left: number): number | null => {
    const { socket } = response;
    if (!works || isLost(response) || socket === null || socket.writableLength > 0) return null;
    const most = Math.min(reader.atOnce(), left);
    if (most === 0) return null;
    const handed = reader.timed(() => send(socket, fd, position, most));
    if (handed === null) works = false;
    else countSent(socket, handed);
    return handed;
  };
}

/** Milliseconds until it resolves. */
async function timed(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}
