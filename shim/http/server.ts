// HomePBP's HTTP server: connections, their limits and their shutdown; answer.ts decides what they get.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from '../log.ts';
import type { HttpSite } from './answer.ts';
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
}

export interface HttpServer {
  /** Where it listens, in the order of the requested addresses. */
  readonly addresses: readonly AddressInfo[];
  /** Takes no more requests, gives running ones some time to finish, then cuts them. */
  close(): Promise<void>;
}

/** Serves until closed. Rejects with the system's error when an address cannot be bound. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const listeners: Listener[] = [];
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    for (const host of options.addresses.length === 0 ? [undefined] : options.addresses) {
      const port = listeners[0]?.address.port ?? options.port;
      listeners.push(await listen(options, host, port));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: listeners.map(({ address }) => address), close };
}

interface Listener {
  readonly address: AddressInfo;
  close(): Promise<void>;
}

async function listen(
  options: HttpServerOptions,
  host: string | undefined,
  port: number,
): Promise<Listener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const turns = createTurns(limits.requestsAhead);
  const server = configure(limits);
  const { prepared = Promise.resolve() } = options;
  const serve = (request: IncomingMessage, response: ServerResponse) => {
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
  const sockets = track(server, limits.connectionsPerClient);
  logDropped(server, options.log);
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
  server.maxConnections = limits.connections;
  return server;
}

/** The open connections. A client's excess connections are closed immediately. */
function track(server: Server, perClient: number): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const counts = new Map<string | undefined, number>();
  server.on('connection', (socket: Socket) => {
    const client = socket.remoteAddress;
    const count = (counts.get(client) ?? 0) + 1;
    counts.set(client, count);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (counts.get(client) ?? 0) - 1;
      if (left > 0) counts.set(client, left);
      else counts.delete(client);
    });
    if (count > perClient) socket.destroy();
  });
  return sockets;
}

/** One log line for all connections refused in this time. */
const DROPPED_EVERY_MS = 10_000;

/** Logs refused connections: the first at once, then their number. */
function logDropped(server: Server, log: Log) {
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  const tell = () => {
    if (dropped === 0) {
      timer = null;
      return;
    }
    log({ area: 'http', event: 'too many connections', fields: { dropped } });
    dropped = 0;
    timer = setTimeout(tell, DROPPED_EVERY_MS).unref();
  };
  server.on('drop', () => {
    dropped += 1;
    if (timer === null) tell();
  });
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
