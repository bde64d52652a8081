// HomePBP's TFTP server: read-only, with one request socket per local address (Node.js does not tell
// which address a datagram was sent to); transfers come from ports of the address that was asked.
import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { Bound, type Unbound } from '../bound.ts';
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
import type { MtuTo } from './link-mtu.ts';
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
  /** The MTU on the way to a client; default: unknown. */
  readonly mtuTo?: MtuTo;
  /** Whether a CPU is idle; default: by the load average of the last minute. */
  readonly spare?: () => boolean;
}

export interface TftpServer {
  /** Where it listens; at first in the order of `addresses`. */
  readonly addresses: readonly AddressInfo[];
  /** The addresses that could not be bound at first. */
  readonly unbound: readonly Unbound[];
  /** Requests being served now. */
  readonly transfers: number;
  /**
   * Listens on these from now on; transfers from other addresses go on. Never rejects.
   * @returns those that cannot be bound, each once it has failed twice in a row
   */
  follow(addresses: readonly string[]): Promise<readonly Unbound[]>;
  /** Ends all transfers; resolves once no socket, file or timer is left. */
  close(): Promise<void>;
}

/** With more transfers than this, the next packet is never far away. */
const FEW = 4;

/** Receive buffer for requests: a whole rack may be switched on at once. */
const REQUEST_BUFFER_BYTES = 1024 * 1024;

/** Serves files until closed. Never rejects. */
export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const dropped = new Dropped((counts) => options.log({ kind: 'dropped', counts }));
  const admission = openAdmission(options, dropped);
  const bound = new Bound<Socket>({
    bind: async (address) => {
      const socket = await bindSocket(address, options.port);
      listen(socket, address, admission, options.log);
      return socket;
    },
    close: closeSocket,
  });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= Promise.all([bound.close(), admission.close()]).then(() => dropped.close());
    return closing;
  };
  return {
    unbound: await bound.follow(options.addresses),
    get addresses() {
      return [...bound.all.values()].map((socket) => socket.address());
    },
    get transfers() {
      return admission.transfers;
    },
    follow: (addresses) => bound.follow(addresses),
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
    mtuTo: options.mtuTo ?? (async () => null),
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
