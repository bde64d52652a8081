// The proxy DHCP server: where the network's DHCP server cannot be changed, it adds an offer with the
// boot file to that server's offer of an address (PXE 2.1 section 2.2).
import type { Socket } from 'node:dgram';
import { Dropped } from '../dropped.ts';
import type { Log } from '../log.ts';
import { closeSocket } from '../udp-socket.ts';
import { deafAtBootServerPort, deafAtDhcpPort, noNetwork } from './bind-errors.ts';
import type { Networks } from './networks.ts';
import { type AnsweredClient, Responder } from './responder.ts';
import { bindBootServer, bindBroadcaster, bindReceiver } from './sockets.ts';

export interface ProxyDhcpOptions {
  readonly networks: Networks;
  /** The port on which dist/ is served over HTTP, for HTTP boot; null when it is not. */
  readonly httpPort: number | null;
  /** Whether the TFTP root has a file now. */
  readonly has: (file: string) => boolean;
  readonly log: Log;
  /** Called for each machine that gets a reply, with its MAC address. */
  readonly onClient?: (client: AnsweredClient) => void;
}

export interface ProxyDhcp {
  /** What it could not bind, and how to fix that. It runs with the rest. */
  readonly faults: readonly string[];
  /** Packets so far, by outcome. */
  readonly counts: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const PORT = { server: 67, client: 68, bootServer: 4011 } as const;

/** Answers until closed. Never rejects: what cannot be bound is among the faults. */
export async function startProxyDhcp(options: ProxyDhcpOptions): Promise<ProxyDhcp> {
  const { networks, log, onClient = () => {} } = options;
  const faults: string[] = networks.offering.length === 0 ? [noNetwork()] : [];
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const dropped = new Dropped((fields) => log({ area: 'dhcp', event: 'dropped packets', fields }));
  const drop = (why: string) => {
    count(why);
    dropped.add(why);
  };
  const broadcasters = await openBroadcasters(networks.offering, faults);
  const senders = new Map(
    [...broadcasters].map(([address, socket]) => [
      address,
      (bytes: Uint8Array) => socket.send(bytes, (error) => error && drop('send failed')),
    ]),
  );
  const now = () => performance.now();
  const { httpPort, has } = options;
  const context = { networks: senders, httpPort, has, now, log, onClient, count, drop };
  const responder = new Responder(context);
  const sockets = [
    ...broadcasters.values(),
    ...(await listen(responder, [...senders.keys()], faults)),
    ...(await listenAsBootServer(responder, networks.answering, faults, drop)),
  ];
  for (const socket of sockets) socket.on('error', () => drop('socket error'));
  const close = async () => {
    await Promise.all(sockets.map(closeSocket));
    dropped.close();
  };
  return { faults, counts, close };
}

/** The sockets that send offers, by their address. */
async function openBroadcasters(
  addresses: readonly string[],
  faults: string[],
): Promise<Map<string, Socket>> {
  const sockets = new Map<string, Socket>();
  const failed: string[] = [];
  let fault: NodeJS.ErrnoException | null = null;
  for (const address of addresses) {
    try {
      sockets.set(address, await bindBroadcaster(address, PORT.server, PORT.client));
    } catch (error) {
      failed.push(address);
      fault ??= error as NodeJS.ErrnoException;
    }
  }
  if (fault !== null) faults.push(deafAtDhcpPort(PORT.server, failed, fault));
  return sockets;
}

async function listen(
  responder: Responder,
  addresses: readonly string[],
  faults: string[],
): Promise<Socket[]> {
  if (addresses.length === 0) return [];
  try {
    const socket = await bindReceiver(PORT.server);
    socket.on('message', (bytes) => responder.atDhcpPort(bytes));
    return [socket];
  } catch (error) {
    faults.push(deafAtDhcpPort(PORT.server, addresses, error as NodeJS.ErrnoException));
    return [];
  }
}

async function listenAsBootServer(
  responder: Responder,
  addresses: readonly string[],
  faults: string[],
  drop: (why: string) => void,
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (const address of addresses) {
    try {
      const socket = await bindBootServer(address, PORT.bootServer);
      sockets.push(socket);
      socket.on('message', (bytes, { port, address: client }) => {
        if (port === 0) return drop('from port 0');
        const failed = (error: Error | null) => error && drop('send failed');
        responder.atBootServerPort(bytes, address, (reply) =>
          socket.send(reply, port, client, failed),
        );
      });
    } catch (error) {
      faults.push(deafAtBootServerPort(address, PORT.bootServer, error as NodeJS.ErrnoException));
    }
  }
  return sockets;
}
