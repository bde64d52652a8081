// One admitted read request, from opening its file to its last packet: it owns a file, a transfer and a
// place at a port, and releases them all.
import { isIPv6 } from 'node:net';
import { DOCTOR_OPTION } from '../../contract/doctor.ts';
import type { Files, ServedFile } from '../files.ts';
import type { HolderOf } from '../sources.ts';
import type { ChunkCache } from './chunk-cache.ts';
import type { Clock } from './deadline.ts';
import type { Peer, TftpEvent, TransferEvent } from './events.ts';
import { relativePath } from './filename.ts';
import type { TftpLimits } from './limits.ts';
import type { MtuTo } from './link-mtu.ts';
import { blksizeLimit, negotiate, type Terms } from './negotiate.ts';
import { decodePacket, ERROR, type Request } from './packet.ts';
import { type Content, contentOf } from './source.ts';
import { type Outcome, Transfer } from './transfer.ts';
import {
  errorPacket,
  messageOf,
  RefusedError,
  reasonOf,
  StoppedError,
  unreadable,
} from './transfer-errors.ts';
import type { Seat, TransferPorts } from './transfer-ports.ts';
import { isNear } from './wakefulness.ts';

/** A read request: who sent it, and to which of our addresses. */
export interface Ask {
  readonly request: Request;
  /** The datagram, to recognise duplicates. */
  readonly bytes: Uint8Array;
  readonly client: Peer;
  readonly server: string;
}

/** What all sessions share. */
export interface SessionContext {
  readonly files: Files;
  readonly cache: ChunkCache;
  readonly ports: TransferPorts;
  readonly limits: TftpLimits;
  readonly clock: Clock;
  readonly log: (event: TftpEvent) => void;
  /** Counts a datagram that gets no log line of its own. */
  readonly drop: (reason: string) => void;
  /** To be called when a client's answer is expected soon. */
  readonly stayAwake: () => void;
  /** Whether we may answer a client outside a transfer, by the rate limits. */
  readonly mayAnswer: (client: Peer) => boolean;
  /** Which machine a client is. */
  readonly holderOf: HolderOf;
  readonly mtuTo: MtuTo;
}

/** Another request this soon after progress is a duplicate, or forged; later, the machine was reset. */
const COPY_MS = 1000;

export class Session {
  /** By the clock passed in. */
  readonly startedAt: number;
  readonly #ask: Ask;
  readonly #context: SessionContext;
  readonly #onHeard: () => void;
  #stopped: string | null = null;
  #tellClient = true;
  #transfer: Transfer | null = null;

  /** @param onHeard called at the client's first ACK: it is no forgery */
  constructor(ask: Ask, context: SessionContext, onHeard: () => void) {
    this.#ask = ask;
    this.#context = context;
    this.#onHeard = onHeard;
    this.startedAt = context.clock.now();
  }

  /** Serves the request; resolves, never rejects, once everything it opened is closed. */
  async run(): Promise<void> {
    let file: ServedFile | null = null;
    let seat: Seat | null = null;
    try {
      file = await this.#open();
      const content = await contentOf(file, modeOf(this.#ask.request));
      const terms = await this.#negotiate(content);
      seat = await this.#takeSeat();
      const outcome = await this.#send(content, terms, seat);
      if (outcome.kind === 'failed' && this.#tellClient) {
        await seat.sendLast(errorPacket(outcome.error));
      }
      this.#context.log(this.#report(file, terms, outcome));
    } catch (error) {
      await this.#refuse(error);
    } finally {
      await seat?.leave();
      await file?.close().catch(() => {});
    }
  }

  /** True until the client's first ACK: until then the sender may be forged. */
  get unheard(): boolean {
    return this.#transfer === null || this.#transfer.unheard;
  }

  /**
   * Another request from the same client port. True when it is a duplicate, which is then handled
   * here, or may not end a running transfer: it may be forged. False when it replaces this session.
   */
  absorbs(bytes: Uint8Array): boolean {
    const transfer = this.#transfer;
    if (this.#stopped !== null || transfer?.ended) return false;
    const isCopy = Buffer.compare(bytes, this.#ask.bytes) === 0;
    if (transfer === null) return isCopy;
    if (transfer.unheard) {
      if (isCopy) transfer.repeatStart();
      return isCopy;
    }
    if (this.#context.clock.now() - transfer.progressAt >= COPY_MS) return false;
    if (!isCopy) this.#context.drop('request from a port that is in a transfer');
    return true;
  }

  /** Ends it early; the client gets an ERROR packet unless `quiet`. */
  stop(reason: string, quiet = false): void {
    this.#stopped = reason;
    this.#tellClient = !quiet;
    this.#transfer?.stop(new StoppedError(reason));
  }

  async #open(): Promise<ServedFile> {
    const name = relativePath(this.#ask.request.filename);
    if (name === null) throw new RefusedError(ERROR.accessViolation, 'file name not allowed');
    const file = await this.#context.files.open(name).catch((cause: unknown) => {
      throw unreadable(cause);
    });
    if (file === null) throw new RefusedError(ERROR.fileNotFound, 'file not found');
    return file;
  }

  async #negotiate(content: Content): Promise<Terms> {
    const { client, server, request } = this.#ask;
    const { maxBlksize, maxWindowsize, maxWindowBytes } = this.#context.limits;
    const mtu = await this.#context.mtuTo(client.address, server);
    const terms = negotiate(request.options, {
      maxBlksize: blksizeLimit(maxBlksize, mtu, isIPv6(server)),
      maxWindowsize,
      maxWindowBytes,
      size: content.size,
    });
    if (terms === null) throw new RefusedError(ERROR.optionNegotiation, 'duplicate option');
    return terms;
  }

  #takeSeat(): Promise<Seat> {
    const { client, server } = this.#ask;
    return this.#context.ports.join(server, client, {
      receive: (bytes) => this.#receive(bytes),
      fail: (error) => this.#transfer?.stop(error),
    });
  }

  /** Runs the transfer from its place at a port. */
  async #send(content: Content, terms: Terms, seat: Seat): Promise<Outcome> {
    const { clock, limits, cache, stayAwake } = this.#context;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const transfer: Transfer = new Transfer({
      source: content.inBlocks(terms.blksize, cache),
      terms,
      clock,
      connection: {
        send: (packet) => {
          seat.send(packet);
          if (isNear(transfer.roundTripMs)) stayAwake();
        },
      },
      retries: { handshake: limits.handshakeRetries, established: limits.retries },
      onEnd: resolve,
    });
    this.#transfer = transfer;
    const cancel = clock.after(limits.lifetimeMs, () => this.stop('it took too long'));
    if (this.#stopped === null) transfer.start();
    else transfer.stop(new StoppedError(this.#stopped));
    return promise.finally(cancel);
  }

  #receive(bytes: Uint8Array): void {
    const packet = decodePacket(bytes);
    if (packet.kind === 'malformed') {
      this.#context.drop('malformed packet in a transfer');
      return;
    }
    const { unheard } = this;
    this.#transfer?.receive(packet);
    if (unheard && !this.unheard) this.#onHeard();
  }

  /** ERROR packets come from a transfer port, as every other answer does. */
  async #refuse(error: unknown): Promise<void> {
    const { request, client, server } = this.#ask;
    const code = error instanceof RefusedError ? error.code : ERROR.undefined;
    const reason = messageOf(error);
    this.#context.log({ kind: 'refused', client, server, file: request.filename, code, reason });
    const seat = await this.#takeSeat().catch(() => null);
    if (seat === null) return;
    await seat.sendLast(errorPacket(error));
    await seat.leave();
  }

  #report(file: ServedFile, { blksize, windowsize }: Terms, outcome: Outcome): TransferEvent {
    const { request, client, server } = this.#ask;
    const reason = reasonOf(outcome);
    return {
      kind: 'transfer',
      outcome: outcome.kind,
      client,
      server,
      file: relativePath(request.filename) ?? request.filename,
      size: file.size,
      blksize,
      windowsize,
      milliseconds: Math.round(this.#context.clock.now() - this.startedAt),
      retransmissions: this.#transfer?.retransmissions ?? 0,
      ...(reason === null ? {} : { reason }),
      ...(request.options.some(({ name }) => name === DOCTOR_OPTION) && { isDoctor: true }),
    };
  }
}

function modeOf({ mode }: Request): 'octet' | 'netascii' {
  if (mode === 'octet' || mode === 'netascii') return mode;
  throw new RefusedError(ERROR.illegalOperation, 'the mode is neither octet nor netascii');
}
