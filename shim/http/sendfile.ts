// sendfile(2): the kernel puts a file's pages into a socket itself, which saves two copies of each byte.
// Node.js does not offer it, so it is called through the native part of koffi, which is optional: where
// it is missing (another system, an install without optional packages) all bytes are copied.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { constants } from 'node:os';

/**
 * Hands bytes of an open file, from `position` on, to a socket that has nothing else to send.
 * @param socket of TCP
 * @param count bytes; a few MiB at most, since this thread waits
 * @returns the bytes that the kernel took, 0 when it has no room or the file ends; null where
 *   sendfile can't be used, whatever the reason: then read and write, which says more
 */
export type SendFile = (
  socket: Socket,
  file: number,
  position: number,
  count: number,
) => number | null;

/** What is used of koffi (https://koffi.dev). */
interface Koffi {
  load(library: null): { func(declaration: string): (...values: unknown[]) => number };
  errno(): number;
}

/** Null where there is none. */
export const sendFile: SendFile | null = loadSendFile();

function loadSendFile(): SendFile | null {
  if (process.platform !== 'linux') return null;
  try {
    const koffi: Koffi = createRequire(import.meta.url)(`@koromix/koffi-linux-${process.arch}`);
    // Of the two packages both are for 64 bits, where off_t has as many.
    const call = koffi.load(null).func('int64_t sendfile(int, int, void *, size_t)');
    return bind(call, () => koffi.errno());
  } catch {
    return null;
  }
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
 * Asked for anew each time: once a socket is closed its number may be another's. Node.js has no public
 * name for it; null where this one is gone.
 */
function descriptorOf(socket: Socket): number | null {
  const handle = (socket as { _handle?: { fd?: unknown } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}
