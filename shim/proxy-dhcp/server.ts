// The proxy DHCP server: where the network's DHCP server cannot be changed, it adds an offer with the
// boot file to that server's offer of an address (PXE 2.1 section 2.2).
import type { Socket } from 'node:dgram';
import { Bound, type Unbound } from '../bound.ts';
import { Dropped } from '../dropped.ts';
import type { Log } from '../log.ts';
import { closeSocket } from '../udp-socket.ts';
import { deafAtBootServerPort, deafAtDhcpPort, noNetwork } from './bind-errors.ts';
import { type Broadcaster, openBroadcasters } from './broadcasters.ts';
import type { Networks } from './networks.ts';
import { type AnsweredClient, Responder } from './responder.ts';
import { bindBootServer, bindBroadcaster, bindReceiver } from './sockets.ts';

export interface ProxyDhcpOptions {
  /** At first. */
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
  /** What it could not bind at first, and how to fix that, for the terminal. It runs with the rest. */
  readonly faults: readonly string[];
  /** Packets so far, by outcome. */
  readonly counts: Readonly<Record<string, number>>;
  /**
   * Answers on these networks from now on. Never rejects.
   * @returns what it cannot bind, each once it has failed twice in a row
   */
  follow(networks: Networks): Promise<readonly DeafPort[]>;
  close(): Promise<void>;
}

/** A port that could not be bound. */
export interface DeafPort {
  /** For the terminal. */
  readonly message: string;
  /** The system's. */
  readonly code: string | undefined;
}

const PORT = { server: 67, client: 68, bootServer: 4011 } as const;

/** Answers until closed. Never rejects: what cannot be bound is among the faults. */
export async function startProxyDhcp(options: ProxyDhcpOptions): Promise<ProxyDhcp> {
  const { networks, httpPort, has, log, onClient = () => {} } = options;
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const dropped = new Dropped((fields) => log({ area: 'dhcp', event: 'dropped packets', fields }));
  const drop = (why: string) => {
    count(why);
    dropped.add(why);
  };
  const broadcasters = openBroadcasters(async (address) => {
    return watched(await bindBroadcaster(address, PORT.server, PORT.client), drop);
  }, drop);
  const now = () => performance.now();
  const context = { networks: broadcasters.all, httpPort, has, now, log, onClient, count, drop };
  const sockets = openSockets(new Responder(context), broadcasters, drop);
  const none = networks.offering.length === 0 ? [noNetwork()] : [];
  const deaf = await sockets.follow(networks);
  const faults = [...none, ...deaf.map(({ message }) => message)];
  const close = async () => {
    await sockets.close();
    dropped.close();
  };
  return { faults, counts, follow: sockets.follow, close };
}

type Drop = (why: string) => void;

function openSockets(responder: Responder, broadcasters: Bound<Broadcaster>, drop: Drop) {
  const bootServers = new Bound<Socket>({
    bind: (address) => bootServerAt(address, responder, drop),
    close: closeSocket,
  });
  const receiver = new Bound<Socket>({
    bind: async () => {
      const socket = watched(await bindReceiver(PORT.server), drop);
      return socket.on('message', (bytes) => responder.atDhcpPort(bytes));
    },
    close: closeSocket,
  });
  const follow = async ({ offering, answering }: Networks): Promise<DeafPort[]> => {
    const mute = await broadcasters.follow(offering);
    const heard = [...broadcasters.all.keys()];
    const deaf = await receiver.follow(heard.length === 0 ? [] : [EVERYWHERE]);
    const deafBoot = await bootServers.follow(answering);
    return [
      ...atDhcpPort(addressesOf(mute), mute),
      ...atDhcpPort(heard, deaf),
      ...deafBoot.map(({ address, error }) => ({
        message: deafAtBootServerPort(address, PORT.bootServer, error),
        code: error.code,
      })),
    ];
  };
  const all = [broadcasters, receiver, bootServers];
  return { follow, close: () => Promise.all(all.map((bound) => bound.close())) };
}

/** The key of the one socket that hears every network. */
const EVERYWHERE = 'all networks';

/** One message for all addresses. */
function atDhcpPort(addresses: readonly string[], [first]: readonly Unbound[]): DeafPort[] {
  if (first === undefined) return [];
  const { error } = first;
  return [{ message: deafAtDhcpPort(PORT.server, addresses, error), code: error.code }];
}

function addressesOf(unbound: readonly Unbound[]): string[] {
  return unbound.map(({ address }) => address);
}

function watched(socket: Socket, drop: Drop): Socket {
  return socket.on('error', () => drop('socket error'));
}

async function bootServerAt(address: string, responder: Responder, drop: Drop): Promise<Socket> {
  const socket = watched(await bindBootServer(address, PORT.bootServer), drop);
  return socket.on('message', (bytes, { port, address: client }) => {
    if (port === 0) return drop('from port 0');
    const failed = (error: Error | null) => error && drop('send failed');
    responder.atBootServerPort(bytes, address, (reply) => socket.send(reply, port, client, failed));
  });
}
