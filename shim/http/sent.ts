// How many bytes were sent on a connection: Node.js does not count those of sendfile(2).
import type { Socket } from 'node:net';

const uncounted = new WeakMap<Socket, number>();

/** Counts bytes that bypassed Node.js. */
export function countSent(socket: Socket, bytes: number) {
  uncounted.set(socket, (uncounted.get(socket) ?? 0) + bytes);
}

/** All bytes handed to a connection so far, headers included. */
export function bytesSent(socket: Socket): number {
  return socket.bytesWritten + (uncounted.get(socket) ?? 0);
}
