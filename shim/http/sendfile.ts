// sendfile(2): the kernel puts a file's pages into a socket itself, which saves two copies of each byte.
// Node.js does not offer it; where libc cannot be called, all bytes are copied.
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { loadLibc } from '../libc.ts';

/**
 * Sends bytes of an open file, from `position` on, to a socket that has nothing else to send.
 * @param socket a TCP socket
 * @param count bytes; a few MiB at most, since this thread waits
 * @returns the bytes that the kernel took, 0 when the socket is full or the file ends; null when
 *   sendfile cannot be used: then read and write, whose errors say more
 */
export type SendFile = (
  socket: Socket,
  file: number,
  position: number,
  count: number,
) => number | null;

/** Null where it is unavailable. */
export const sendFile: SendFile | null = loadSendFile();

function loadSendFile(): SendFile | null {
  const libc = loadLibc();
  // Both packages are for 64-bit systems, where off_t has 64 bits too.
  const call = libc?.func('int64_t sendfile(int, int, void *, size_t)');
  return libc === null || call === undefined ? null : bind(call, () => libc.errno());
}

function bind(call: (...values: unknown[]) => number, errno: () => number): SendFile {
  const offset = new BigInt64Array(1);
  return (socket, file, position, count) => {
    const out = descriptorOf(socket);
    if (out === null) return null;
    offset[0] = BigInt(position);
    const sent = Number(call(out, file, offset, count));
    if (sent >= 0) return sent;
    return errno() === constants.errno.EAGAIN ? 0 : null;
  };
}

/**
 * Looked up each time: once a socket is closed, its number may be reused. There is no public API for
 * it; null if the private one is gone.
 */
function descriptorOf(socket: Socket): number | null {
  const handle = (socket as { _handle?: { fd?: unknown } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}
