// What the proxy DHCP server offers from: a socket for each of our addresses, while these come and go.
import type { Socket } from 'node:dgram';
import { Bound } from '../bound.ts';
import { closeSocket } from '../udp-socket.ts';

/** Broadcasts on the network of one of our addresses. */
export interface Broadcaster {
  broadcast(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Its `all` never has a closed one: a send there would throw.
 * @param bind rejects with the system's error
 * @param drop counts a packet that could not be sent
 */
export function openBroadcasters(
  bind: (address: string) => Promise<Socket>,
  drop: (why: string) => void,
): Bound<Broadcaster> {
  return new Bound<Broadcaster>({
    bind: async (address) => {
      const socket = await bind(address);
      return {
        broadcast: (bytes) => socket.send(bytes, (error) => error && drop('send failed')),
        close: () => closeSocket(socket),
      };
    },
    close: (broadcaster) => broadcaster.close(),
  });
}
