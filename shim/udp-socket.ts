// UDP sockets bound to one local address.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** Every address here is a literal: no DNS lookup. */
function lookUpNothing(
  host: string,
  family: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, Number(family));
}

/**
 * A socket bound to the address; rejects with the system's error (EACCES, EADDRINUSE, …).
 * @param reuseAddr whether another program may have the port too
 */
export async function bindSocket(
  address: string,
  port: number,
  reuseAddr = false,
): Promise<Socket> {
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  const ipv6Only = type === 'udp6';
  const socket = createSocket({ type, ipv6Only, reuseAddr, lookup: lookUpNothing });
  try {
    const listening = once(socket, 'listening'); // bind() may emit it synchronously here.
    socket.bind({ address, port, exclusive: true });
    await listening;
    return socket;
  } catch (error) {
    await closeSocket(socket);
    throw error;
  }
}

/** Closes the socket; resolves once it is closed. */
export function closeSocket(socket: Socket): Promise<void> {
  return new Promise((closed) => {
    socket.close(closed);
  });
}
