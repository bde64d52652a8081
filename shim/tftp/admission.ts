// Datagrams at the request ports: which become sessions, and how many at once.
import type { Socket } from 'node:dgram';
import { type Holder, Places } from '../places.ts';
import { RequestRate } from '../request-rate.ts';
import { strangerAt } from '../sources.ts';
import type { Peer } from './events.ts';
import { decodePacket, ERROR, encodeError, OPCODE, type Request } from './packet.ts';
import { type Ask, Session, type SessionContext } from './session.ts';

/** A datagram at a request socket. */
export interface Arrival {
  readonly socket: Socket;
  readonly bytes: Uint8Array;
  readonly client: Peer;
  /** The address that the request socket is bound to. */
  readonly server: string;
}

/** When all places of strangers are in use, so often the kernel is asked whether it is a node's request. */
const QUESTIONS_PER_SECOND = 50;

export class Admission {
  readonly #context: SessionContext;
  /** By server address, client address and client port: RFC 1350's TID. */
  readonly #sessions = new Map<string, Session>();
  readonly #running = new Set<Promise<void>>();
  /**
   * Under a flood of requests with forged senders no place would ever be free, so the oldest session
   * without an ACK is dropped; one that had its first ACK never is.
   */
  readonly #places: Places<Session>;
  readonly #questions = new RequestRate(QUESTIONS_PER_SECOND, QUESTIONS_PER_SECOND);
  #closed = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const { limits } = context;
    const { transfers: total, transfersPerAddress: perSource, transfersKept: kept } = limits;
    const isIdle = ({ unheard, startedAt }: Session) =>
      unheard && context.clock.now() - startedAt >= limits.unheardMs;
    this.#places = new Places({ total, perSource, kept, isIdle, cutsBusy: false });
  }

  /** Requests being served. */
  get transfers(): number {
    return this.#running.size;
  }

  /** Handles a datagram; never throws. */
  receive(arrival: Arrival): void {
    const { bytes, client } = arrival;
    if (this.#closed || client.port === 0) return;
    if (!this.#context.mayAnswer(client)) {
      this.#context.drop('over the rate limit');
      return;
    }
    const packet = decodePacket(bytes);
    if (packet.kind === 'rrq') {
      this.#read(arrival, packet);
    } else if (packet.kind === 'wrq') {
      this.#refuse(arrival, packet.filename, ERROR.accessViolation, 'this server is read-only');
    } else if (packet.kind === 'malformed' && isRequest(packet.opcode)) {
      this.#context.drop('malformed request');
      answer(arrival, ERROR.illegalOperation, packet.reason);
    } else {
      // Not answered: two servers could send each other errors for ever.
      this.#context.drop('not a request');
    }
  }

  /** Ends all sessions, notifying their clients; resolves once everything they opened is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const session of this.#sessions.values()) session.stop('the server is shutting down');
    await Promise.all(this.#running);
  }

  #read(arrival: Arrival, request: Request): void {
    const { client, server } = arrival;
    const key = `${server} ${client.address} ${client.port}`;
    // Its last ACK may be queued on another socket; setImmediate lets that be read first.
    if (this.#sessions.has(key)) setImmediate(() => this.#readAgain(arrival, request, key));
    else this.#admit(arrival, request, key);
  }

  /** A request from a client port that is in a transfer: a duplicate, or a new one. */
  #readAgain(arrival: Arrival, request: Request, key: string): void {
    const before = this.#sessions.get(key);
    if (this.#closed || before?.absorbs(arrival.bytes)) return;
    before?.stop('replaced by a new request from the same port', true);
    if (before !== undefined) this.#places.leave(before);
    this.#admit(arrival, request, key);
  }

  #admit(arrival: Arrival, request: Request, key: string): void {
    const { bytes, client, server } = arrival;
    const ask = { request, bytes, client, server };
    const session: Session = new Session(ask, this.#context, () => this.#heard(session, ask));
    if (this.#seat(session, strangerAt(client.address))) this.#run(session, key);
    else this.#admitNode(session, arrival, key);
  }

  /** No place for a stranger: is it one of the inventory's machines? */
  async #admitNode(session: Session, arrival: Arrival, key: string): Promise<void> {
    const { client, server } = arrival;
    const mayAsk = this.#questions.admits('', this.#context.clock.now());
    const holder = mayAsk ? await this.#context.holderOf(client.address, server) : null;
    if (this.#closed || this.#sessions.has(key)) return;
    if (holder?.isKept && this.#seat(session, holder)) {
      this.#run(session, key);
      return;
    }
    this.#context.drop('over the transfer limit');
    if (this.#context.limits.refusal === 'error') {
      answer(arrival, ERROR.allocationExceeded, 'too many transfers, try again');
    }
  }

  /** Whether there is a place for the session; another may lose its own. */
  #seat(session: Session, holder: Holder): boolean {
    const loser = this.#places.take(session, holder);
    if (loser !== session) loser?.stop('dropped in favour of a newer request', true);
    return loser !== session;
  }

  /** From now on it counts as its machine's, whichever of its addresses that uses. */
  async #heard(session: Session, { client, server }: Ask): Promise<void> {
    const holder = await this.#context.holderOf(client.address, server);
    if (!this.#places.has(session) || this.#seat(session, holder)) return;
    session.stop('this machine has too many transfers');
  }

  #run(session: Session, key: string): void {
    this.#sessions.set(key, session);
    const running = session.run().then(() => {
      this.#running.delete(running);
      this.#places.leave(session);
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    });
    this.#running.add(running);
  }

  #refuse(arrival: Arrival, file: string, code: number, reason: string): void {
    const { client, server } = arrival;
    this.#context.log({ kind: 'refused', client, server, file, code, reason });
    answer(arrival, code, reason);
  }
}

function isRequest(opcode: number | null): boolean {
  return opcode === OPCODE.rrq || opcode === OPCODE.wrq;
}

function answer({ socket, client }: Arrival, code: number, message: string): void {
  // With a callback, an unreachable client does not raise 'error' on the request socket.
  socket.send(encodeError(code, message), client.port, client.address, () => {});
}
