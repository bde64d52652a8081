// The sockets of a proxy DHCP server. They share their ports with a DHCP server on this computer and
// take nothing away from it: the kernel delivers a broadcast to all matching sockets, but a unicast
// packet (a lease renewal) only to the best match.
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { bindSocket, closeSocket } from '../udp-socket.ts';

const EVERYONE = '255.255.255.255';

/**
 * Receives broadcasts to the port on every network, and on Linux nothing else. Elsewhere the
 * broadcast address cannot be bound, so all addresses are.
 * @throws the system's error
 */
export async function bindReceiver(port: number): Promise<Socket> {
  try {
    return await bindShared(EVERYONE, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    return bindShared('0.0.0.0', port);
  }
}

/**
 * Broadcasts on the network of one of our addresses: the kernel sends the broadcasts of a socket bound
 * to it there. Firmware accepts replies only from port 67. Connected, so that it receives nothing:
 * packets to the address are for the DHCP server.
 * @throws the system's error
 */
export async function bindBroadcaster(
  address: string,
  port: number,
  clientPort: number,
): Promise<Socket> {
  const socket = await bindShared(address, port);
  try {
    socket.setBroadcast(true);
    const connected = once(socket, 'connect');
    socket.connect(clientPort, EVERYONE);
    await connected;
    return socket;
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
}

/** Binds the port of one address exclusively. @throws the system's error */
export function bindBootServer(address: string, port: number): Promise<Socket> {
  return bindSocket(address, port);
}

function bindShared(address: string, port: number): Promise<Socket> {
  return bindSocket(address, port, true);
}
