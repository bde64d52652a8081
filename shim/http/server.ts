// HomePBP's HTTP server: connections, their limits and their shutdown; answer.ts decides what they get.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Bound, type Unbound } from '../bound.ts';
import type { Log } from '../log.ts';
import { type HolderOf, holdersBy } from '../sources.ts';
import type { HttpSite } from './answer.ts';
import { type Connections, createConnections } from './connections.ts';
import { DEFAULT_LIMITS, type HttpLimits, MAX_HEADER_BYTES } from './limits.ts';
import { respond } from './respond.ts';
import { createTurns, type Turns } from './turns.ts';

export interface HttpServerOptions extends HttpSite {
  /** 0 for any free port, the same on all addresses. */
  readonly port: number;
  /** Local addresses to listen on; empty means all of this machine's. */
  readonly addresses: readonly string[];
  /** Requests wait for it; if it rejects, their connections are cut and the server must be closed. */
  readonly prepared?: Promise<void>;
  readonly log: Log;
  readonly limits?: Partial<HttpLimits>;
  /** Whose a connection is; default: its address's. */
  readonly holderOf?: HolderOf;
}

export interface HttpServer {
  /** Where it listens; at first in the order of the requested addresses. */
  readonly addresses: readonly AddressInfo[];
  /**
   * Listens on these from now on, at the same port; what runs on other addresses may finish. Never rejects.
   * @param addresses empty: all of this machine's; null: none
   * @returns those that cannot be bound, each once it has failed twice in a row
   */
  follow(addresses: readonly string[] | null): Promise<readonly Unbound[]>;
  /** Takes no more requests, gives running ones some time to finish, then cuts them. */
  close(): Promise<void>;
}

/** A key for the listener on all addresses. */
const ALL = '';

/** Serves until closed. Rejects with the system's error when an address cannot be bound. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const shared = share(options);
  let { port } = options;
  const bound = new Bound<Listener>({
    bind: async (address) => {
      const listener = await listen(options, shared, address === ALL ? undefined : address, port);
      port = listener.address.port;
      return listener;
    },
    close: (listener) => listener.close(),
  });
  const follow = (addresses: readonly string[] | null) =>
    bound.follow(addresses?.length === 0 ? [ALL] : (addresses ?? []));
  const close = async () => {
    await bound.close();
    shared.connections.close();
  };
  const [unbound] = await follow(options.addresses);
  if (unbound !== undefined) {
    await close();
    throw unbound.error;
  }
  return {
    get addresses() {
      return [...bound.all.values()].map(({ address }) => address);
    },
    follow,
    close,
  };
}

interface Listener {
  readonly address: AddressInfo;
  close(): Promise<void>;
}

/** What all listeners share. */
interface Shared {
  readonly limits: HttpLimits;
  readonly turns: Turns;
  readonly connections: Connections;
}

function share({ limits: changed, holderOf = BY_ADDRESS, log }: HttpServerOptions): Shared {
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const turns = createTurns(limits.requestsAhead);
  const isIdle = (socket: Socket) => !turns.isBusy(socket);
  return { limits, turns, connections: createConnections(limits, holderOf, isIdle, log) };
}

const BY_ADDRESS = holdersBy({ macOf: async () => null, isNode: () => false });

async function listen(
  options: HttpServerOptions,
  { limits, turns, connections }: Shared,
  host: string | undefined,
  port: number,
): Promise<Listener> {
  const server = configure(limits);
  const { prepared = Promise.resolve() } = options;
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    connections.touch(request.socket);
    const work = () =>
      prepared.then(
        () => respond(request, response, options, () => !server.listening),
        () => void request.socket.destroy(),
      );
    if (!turns.take(request.socket, work)) request.socket.destroy();
  };
  // 'checkContinue': so that Node.js does not ask for a body by itself.
  server.on('request', serve).on('checkContinue', serve);
  server.on('clientError', (error, socket) => refuse(error, socket as Socket, turns));
  const sockets = connections.track(server);
  server.listen({ host, port });
  await once(server, 'listening');
  server.on('error', ({ message }) =>
    options.log({ area: 'http', event: 'socket error', fields: { reason: message } }),
  );
  return {
    address: server.address() as AddressInfo,
    close: () => close(server, sockets, turns, limits.closeMs),
  };
}

/** A server with these limits, not listening yet. */
export function configure(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headersMs,
    requestTimeout: 3 * limits.headersMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    keepAliveTimeout: limits.idleMs,
    keepAlive: true,
  });
  server.timeout = limits.stallMs;
  return server;
}

/** For requests that are not HTTP, too long, or too slow. Never writes into a running response. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, turns: Turns) {
  if (!socket.writable || turns.isBusy(socket) || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    {
      HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
      ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
    }[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
}

async function close(
  server: Server,
  sockets: ReadonlySet<Socket>,
  turns: Turns,
  closeMs: number,
): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) if (!turns.isBusy(socket)) socket.destroy();
  const deadline = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(deadline);
}
