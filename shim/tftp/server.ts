// HomePBP's TFTP server: read-only, with one request socket per local address (Node.js does not tell
// which address a datagram was sent to); transfers come from ports of the address that was asked.
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { Dropped } from '../dropped.ts';
import type { Files } from '../files.ts';
import { RequestRate } from '../request-rate.ts';
import { type HolderOf, strangerAt } from '../sources.ts';
import { bindSocket, closeSocket } from '../udp-socket.ts';
import { Admission } from './admission.ts';
import { ChunkCache } from './chunk-cache.ts';
import type { Clock } from './deadline.ts';
import type { Peer, TftpEvent } from './events.ts';
import { DEFAULT_LIMITS, type TftpLimits } from './limits.ts';
import { boundedLog } from './log-rate.ts';
import { answerStranger, TransferPorts } from './transfer-ports.ts';
import { spareProcessor, wakefulness } from './wakefulness.ts';

export interface TftpServerOptions {
  /** Rooted at the folder that TFTP serves. */
  readonly files: Files;
  /** 69 for firmware; 0 for any free port, which may differ between addresses. */
  readonly port: number;
  /** Local addresses, IPv4 or IPv6. */
  readonly addresses: readonly string[];
  /** Called for each event; must not throw. */
  readonly log: (event: TftpEvent) => void;
  readonly limits?: Partial<TftpLimits>;
  /** Which machine a client is; default: one for each address. */
  readonly holderOf?: HolderOf;
  /** Whether a CPU is idle; default: by the load average of the last minute. */
  readonly spare?: () => boolean;
}

export interface TftpServer {
  /** Where it listens, in the order of `addresses`. */
  readonly addresses: readonly AddressInfo[];
  /** Requests being served now. */
  readonly transfers: number;
  /** Ends all transfers; resolves once no socket, file or timer is left. */
  close(): Promise<void>;
}

/** With more transfers than this, the next packet is never far away. */
const FEW = 4;

/** Receive buffer for requests: a whole rack may be switched on at once. */
const REQUEST_BUFFER_BYTES = 1024 * 1024;

/** Serves files until closed. Rejects with the system's error when an address cannot be bound. */
export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const dropped = new Dropped((counts) => options.log({ kind: 'dropped', counts }));
  const admission = openAdmission(options, dropped);
  const sockets: Socket[] = [];
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= Promise.all([...sockets.map(closeSocket), admission.close()]).then(() =>
      dropped.close(),
    );
    return closing;
  };
  try {
    for (const address of options.addresses) {
      const socket = await bindSocket(address, options.port);
      sockets.push(socket);
      listen(socket, address, admission, options.log);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: sockets.map((socket) => socket.address()),
    get transfers() {
      return admission.transfers;
    },
    close,
  };
}

function openAdmission(options: TftpServerOptions, dropped: Dropped): Admission {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const drop = (reason: string) => dropped.add(reason);
  const mayAnswer = boundedAnswers(limits);
  const spare = options.spare ?? spareProcessor(clock.now);
  const admission: Admission = new Admission({
    files: options.files,
    log: boundedLog(options.log, drop, clock.now),
    limits,
    clock,
    cache: new ChunkCache(limits.cacheBytes),
    drop,
    stayAwake: wakefulness(clock.now, () => admission.transfers <= FEW && spare()),
    mayAnswer,
    holderOf: options.holderOf ?? strangerAt,
    ports: new TransferPorts((stranger) => answerStranger(stranger, drop, mayAnswer)),
  });
  return admission;
}

/** By port first: what one port sends too often takes nothing from its address's other requests. */
function boundedAnswers(limits: TftpLimits): (client: Peer) => boolean {
  const { requestsPerSecond, requestsPerSecondFromAddress, requestsPerSecondInAll } = limits;
  const ports = new RequestRate(requestsPerSecond, Number.MAX_SAFE_INTEGER);
  const addresses = new RequestRate(requestsPerSecondFromAddress, requestsPerSecondInAll);
  return ({ address, port }) => {
    const now = clock.now();
    return ports.admits(`${address} ${port}`, now) && addresses.admits(address, now);
  };
}

function listen(
  socket: Socket,
  server: string,
  admission: Admission,
  log: (event: TftpEvent) => void,
): void {
  socket.setRecvBufferSize(REQUEST_BUFFER_BYTES);
  socket.on('message', (bytes, { address, port }) => {
    admission.receive({ socket, bytes, client: { address, port }, server });
  });
  socket.on('error', ({ message }) => log({ kind: 'socket-error', server, reason: message }));
}

const clock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
