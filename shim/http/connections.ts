// The open connections of the HTTP server: each has a place, which it may lose to another client.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Dropped } from '../dropped.ts';
import type { Log } from '../log.ts';
import { type Holder, Places } from '../places.ts';
import { type HolderOf, sourceOf } from '../sources.ts';
import type { HttpLimits } from './limits.ts';

export interface Connections {
  /** Watches a server's connections. @returns those that are open */
  track(server: Server): ReadonlySet<Socket>;
  /** Notes that a request came in on it. */
  touch(socket: Socket): void;
  /** Logs what is still to be logged. */
  close(): void;
}

/** Places for the connections of all listeners together. @param isIdle whether it has no request to answer */
export function createConnections(
  { connections: total, connectionsPerSource: perSource, connectionsKept: kept }: HttpLimits,
  holderOf: HolderOf,
  isIdle: (socket: Socket) => boolean,
  log: Log,
): Connections {
  const places = new Places<Socket>({ total, perSource, kept, isIdle, cutsBusy: true });
  const dropped = new Dropped((fields) =>
    log({ area: 'http', event: 'too many connections', fields }),
  );
  const seat = (socket: Socket, holder: Holder) => {
    const loser = places.take(socket, holder);
    if (loser === null) return;
    dropped.add(loser === socket ? 'refused' : isIdle(loser) ? 'idle' : 'cut');
    loser.destroy();
  };
  return {
    track(server) {
      const open = new Set<Socket>();
      server.on('connection', (socket: Socket) => {
        open.add(socket);
        socket.once('close', () => {
          open.delete(socket);
          places.leave(socket);
        });
        admit(socket, holderOf, seat);
      });
      return open;
    },
    touch: (socket) => places.touch(socket),
    close: () => dropped.close(),
  };
}

/** Until the kernel has said whose it is, it is counted by its address, and may be a node's. */
function admit(
  socket: Socket,
  holderOf: HolderOf,
  seat: (socket: Socket, holder: Holder) => void,
): void {
  const { remoteAddress: client, localAddress: local } = socket;
  const holder = holderOf(client, local);
  if (!(holder instanceof Promise)) {
    seat(socket, holder);
    return;
  }
  seat(socket, { source: sourceOf(client ?? ''), isKept: true });
  holder.then((known) => {
    if (!socket.destroyed) seat(socket, known);
  });
}
