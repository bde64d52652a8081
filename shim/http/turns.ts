// One request at a time per connection. A client may send thousands of requests at once (HTTP/1.1
// pipelining), and each would open a file long before the previous one is answered.
import type { Socket } from 'node:net';

export interface Turns {
  /** Runs `work` once all earlier work of this connection is done; false when too much is queued. */
  take(socket: Socket, work: () => Promise<void>): boolean;
  isBusy(socket: Socket): boolean;
}

/**
 * @param limit running and queued work per connection
 */
export function createTurns(limit: number): Turns {
  const queues = new WeakMap<Socket, { last: Promise<void>; length: number }>();
  return {
    take(socket, work) {
      const queue = queues.get(socket) ?? { last: Promise.resolve(), length: 0 };
      if (queue.length >= limit) return false;
      queues.set(socket, queue);
      queue.length += 1;
      queue.last = queue.last.then(work).finally(() => {
        queue.length -= 1;
      });
      return true;
    },
    isBusy: (socket) => (queues.get(socket)?.length ?? 0) > 0,
  };
}
