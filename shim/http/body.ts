// The bytes of a response: never more and never fewer than its Content-Length says.
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createBuffers, isFast, LARGE_BYTES, nextPace } from './buffers.ts';
import type { ByteRange } from './range.ts';

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

/** Takes one chunk; resolves once the kernel has it, so that its buffer can be used again. */
export type Write = (chunk: Uint8Array) => Promise<void>;

/** Writes to a response until it is gone; from then on every write rejects with ConnectionLost. */
export function writerOf(response: ServerResponse): Write {
  let lost = isLost(response);
  let giveUp: ((reason: ConnectionLost) => void) | null = null;
  response.once('close', () => {
    lost = true;
    giveUp?.(new ConnectionLost());
  });
  return (chunk) =>
    new Promise((resolve, reject) => {
      if (lost) return reject(new ConnectionLost());
      giveUp = reject;
      response.write(chunk, (error) => {
        giveUp = null;
        if (error) reject(new ConnectionLost());
        else resolve();
      });
    });
}

/** One for the process, whose memory it bounds: 8 MiB beside 64 KiB per download. */
const buffers = createBuffers(16, 64);

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
  let buffer = buffers.small();
  let pace = 0;
  try {
    for (let position = start; position <= end; ) {
      const length = Math.min(buffer.length, end - position + 1);
      const { bytesRead } = await handle.read(buffer, 0, length, position);
      if (bytesRead === 0) throw new FileShrunk();
      const began = performance.now();
      await write(buffer.subarray(0, bytesRead));
      pace = nextPace(pace, performance.now() - began);
      buffer = exchange(buffer, isFast(pace));
      position += bytesRead;
    }
  } finally {
    buffers.giveBack(buffer);
  }
  response.end();
}

/** The buffer that a client of this pace gets for the one it has. */
function exchange(buffer: Buffer, fast: boolean): Buffer {
  if (fast === (buffer.length === LARGE_BYTES)) return buffer;
  const other = fast ? buffers.large() : buffers.small();
  if (other !== null) buffers.giveBack(buffer);
  return other ?? buffer;
}
