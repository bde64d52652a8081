// One admitted read request, from its file to its last packet: it owns a socket, a file and a
// transfer, and leaves none of them behind.
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Files, ServedFile } from '../files.ts';
import type { ChunkCache } from './chunk-cache.ts';
import type { Clock } from './deadline.ts';
import {
  errorPacket,
  messageOf,
  RefusedError,
  reasonOf,
  StoppedError,
  unreadable,
} from './errors.ts';
import type { Peer, TftpEvent, TransferEvent } from './events.ts';
import { relativePath } from './filename.ts';
import type { TftpLimits } from './limits.ts';
import { negotiate, type Terms } from './negotiate.ts';
import { decodePacket, ERROR, encodeError, type Packet, type Request } from './packet.ts';
import { bindSocket, closeSocket } from './socket.ts';
import { type FileSource, sourceOf } from './source.ts';
import { type Outcome, Transfer } from './transfer.ts';

/** A read request, with who asked which of our addresses. */
export interface Ask {
  readonly request: Request;
  /** The datagram, to know a repeated one by. */
  readonly bytes: Uint8Array;
  readonly client: Peer;
  readonly server: string;
}

/** What all sessions share. */
export interface Surroundings {
  readonly files: Files;
  readonly cache: ChunkCache;
  readonly limits: TftpLimits;
  readonly clock: Clock;
  readonly log: (event: TftpEvent) => void;
  /** Counts a datagram that gets no line of its own in the log. */
  readonly drop: (reason: string) => void;
  /** To be called when a lock-step client's answer is about to come. */
  readonly stayAwake: () => void;
  /** Whether a packet to an address that we are in no transfer with is within the rates. */
  readonly mayAnswer: (address: string) => boolean;
}

/** A request that repeats one in progress this soon is a copy; later, its machine was reset. */
const COPY_MS = 1000;

export class Session {
  /** By the clock of its surroundings. */
  readonly startedAt: number;
  readonly #ask: Ask;
  readonly #around: Surroundings;
  #stopped: string | null = null;
  #tellClient = true;
  #transfer: Transfer | null = null;

  constructor(ask: Ask, around: Surroundings) {
    this.#ask = ask;
    this.#around = around;
    this.startedAt = around.clock.now();
  }

  /** Serves the request; resolves, never rejects, once everything it opened is closed. */
  async run(): Promise<void> {
    let file: ServedFile | null = null;
    let socket: Socket | null = null;
    try {
      file = await this.#open();
      const source = await sourceOf(file, modeOf(this.#ask.request), this.#around.cache);
      const terms = this.#negotiate(source);
      socket = await bindSocket(this.#ask.server, 0);
      const outcome = await this.#send(source, terms, socket);
      if (outcome.kind === 'failed' && this.#tellClient) await this.#tell(socket, outcome.error);
      this.#around.log(this.#report(file, outcome));
    } catch (error) {
      await this.#refuse(error);
    } finally {
      if (socket !== null) await closeSocket(socket);
      await file?.close().catch(() => {});
    }
  }

  /** True until the client's first ACK: until then the request may have a forged sender. */
  get unheard(): boolean {
    return this.#transfer === null || this.#transfer.unheard;
  }

  /**
   * Another request from the same client port. True when it is a copy of this one, which then has
   * dealt with it; false when it is a new one and this session is to make room.
   */
  takesAsCopy(bytes: Uint8Array): boolean {
    if (Buffer.compare(bytes, this.#ask.bytes) !== 0) return false;
    const transfer = this.#transfer;
    if (transfer === null) return true;
    if (transfer.ended) return false;
    if (transfer.unheard) transfer.repeatStart();
    return transfer.unheard || this.#around.clock.now() - transfer.progressAt < COPY_MS;
  }

  /** Ends it early; the client is told by an ERROR packet unless `quiet`. */
  stop(reason: string, quiet = false): void {
    this.#stopped = reason;
    this.#tellClient = !quiet;
    this.#transfer?.stop(new StoppedError(reason));
  }

  async #open(): Promise<ServedFile> {
    const name = relativePath(this.#ask.request.filename);
    if (name === null) throw new RefusedError(ERROR.accessViolation, 'no such name is served');
    const file = await this.#around.files.open(name).catch((cause: unknown) => {
      throw unreadable(cause);
    });
    if (file === null) throw new RefusedError(ERROR.fileNotFound, 'file not found');
    return file;
  }

  #negotiate(source: FileSource): Terms {
    const { maxBlksize, maxWindowsize, maxWindowBytes } = this.#around.limits;
    const terms = negotiate(this.#ask.request.options, {
      maxBlksize: maxBlksize - (isIPv6(this.#ask.server) ? 20 : 0),
      maxWindowsize,
      maxWindowBytes,
      size: source.size,
    });
    if (terms === null) throw new RefusedError(ERROR.optionNegotiation, 'an option comes twice');
    return terms;
  }

  /** Runs the transfer over the socket. */
  async #send(source: FileSource, terms: Terms, socket: Socket): Promise<Outcome> {
    const { clock, limits, stayAwake } = this.#around;
    const { client } = this.#ask;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const transfer = new Transfer({
      source,
      terms,
      clock,
      connection: {
        send: (parts) => {
          socket.send(parts, client.port, client.address);
          if (terms.windowsize === 1) stayAwake();
        },
      },
      retries: { handshake: limits.handshakeRetries, established: limits.retries },
      onEnd: resolve,
    });
    this.#transfer = transfer;
    socket.on('message', (bytes, sender) => this.#receive(transfer, socket, bytes, sender));
    socket.on('error', (error) => transfer.stop(error));
    const cancel = clock.after(limits.lifetimeMs, () => this.stop('it took too long'));
    if (this.#stopped === null) transfer.start();
    else transfer.stop(new StoppedError(this.#stopped));
    return promise.finally(cancel);
  }

  #receive(transfer: Transfer, socket: Socket, bytes: Uint8Array, sender: RemoteInfo): void {
    const packet = decodePacket(bytes);
    const { client } = this.#ask;
    if (sender.port !== client.port || sender.address !== client.address) {
      this.#answerStranger(socket, packet.kind, sender);
    } else if (packet.kind === 'malformed') {
      this.#around.drop('malformed packet in a transfer');
    } else {
      transfer.receive(packet);
    }
  }

  /** RFC 1350 section 4; an ERROR is never answered by another, and the transfer goes on. */
  #answerStranger(socket: Socket, kind: Packet['kind'] | 'malformed', sender: RemoteInfo): void {
    this.#around.drop('packet from a stranger to a transfer');
    if (kind === 'error' || kind === 'malformed' || sender.port === 0) return;
    if (!this.#around.mayAnswer(sender.address)) return;
    const error = encodeError(ERROR.unknownTransferId, 'unknown transfer ID');
    socket.send(error, sender.port, sender.address);
  }

  async #tell(socket: Socket, error: unknown): Promise<void> {
    const { client } = this.#ask;
    await new Promise<void>((sent) => {
      socket.send(errorPacket(error), client.port, client.address, () => sent());
    });
  }

  /** An ERROR packet comes from a port of its own, as every other answer does. */
  async #refuse(error: unknown): Promise<void> {
    const { request, client, server } = this.#ask;
    const code = error instanceof RefusedError ? error.code : ERROR.undefined;
    const reason = messageOf(error);
    this.#around.log({ kind: 'refused', client, server, file: request.filename, code, reason });
    const socket = await bindSocket(server, 0).catch(() => null);
    if (socket === null) return;
    await this.#tell(socket, error);
    await closeSocket(socket);
  }

  #report(file: ServedFile, outcome: Outcome): TransferEvent {
    const { request, client, server } = this.#ask;
    const reason = reasonOf(outcome);
    return {
      kind: 'transfer',
      outcome: outcome.kind,
      client,
      server,
      file: relativePath(request.filename) ?? request.filename,
      size: file.size,
      milliseconds: Math.round(this.#around.clock.now() - this.startedAt),
      retransmissions: this.#transfer?.retransmissions ?? 0,
      ...(reason === null ? {} : { reason }),
    };
  }
}

function modeOf({ mode }: Request): 'octet' | 'netascii' {
  if (mode === 'octet' || mode === 'netascii') return mode;
  throw new RefusedError(ERROR.illegalOperation, 'the mode is neither octet nor netascii');
}
