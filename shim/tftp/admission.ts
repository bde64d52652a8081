// Datagrams at the request ports: which become sessions, and how many at once.
import type { Socket } from 'node:dgram';
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

/** Milliseconds for which every request keeps its place. */
const UNHEARD_MS = 500;

export class Admission {
  readonly #context: SessionContext;
  /** By server address, client address and client port: RFC 1350's TID. */
  readonly #sessions = new Map<string, Session>();
  readonly #running = new Set<Promise<void>>();
  readonly #perAddress = new Map<string, number>();
  #closed = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Requests being served. */
  get transfers(): number {
    return this.#running.size;
  }

  /** Handles a datagram; never throws. */
  receive(arrival: Arrival): void {
    const { bytes, client } = arrival;
    if (this.#closed || client.port === 0) return;
    if (!this.#context.mayAnswer(client.address)) {
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
    if (this.#closed || before?.takesAsCopy(arrival.bytes)) return;
    before?.stop('replaced by a new request from the same port', true);
    this.#admit(arrival, request, key);
  }

  #admit(arrival: Arrival, request: Request, key: string): void {
    const { bytes, client, server } = arrival;
    const before = this.#sessions.get(key);
    if (before === undefined && this.#full(client.address)) {
      this.#context.drop('over the transfer limit');
      if (this.#context.limits.refusal === 'error') {
        answer(arrival, ERROR.allocationExceeded, 'too many transfers, try again');
      }
      return;
    }
    this.#begin(key, { request, bytes, client, server });
  }

  #full(address: string): boolean {
    const { transfers, transfersPerAddress } = this.#context.limits;
    if ((this.#perAddress.get(address) ?? 0) >= transfersPerAddress) return true;
    return this.#sessions.size >= transfers && !this.#makeRoom();
  }

  /**
   * Under a flood of requests with forged senders no place would ever be free, so the oldest session
   * without an ACK is dropped. A real client sends its ACK within a round trip.
   */
  #makeRoom(): boolean {
    const oldEnough = this.#context.clock.now() - UNHEARD_MS;
    for (const [key, session] of this.#sessions) {
      if (session.startedAt > oldEnough) return false;
      if (!session.unheard) continue;
      session.stop('dropped in favour of a newer request', true);
      this.#sessions.delete(key);
      return true;
    }
    return false;
  }

  #begin(key: string, ask: Ask): void {
    const session = new Session(ask, this.#context);
    this.#sessions.delete(key); // So that it is last, as the newest.
    this.#sessions.set(key, session);
    this.#count(ask.client.address, 1);
    const running = session.run().then(() => {
      this.#running.delete(running);
      this.#count(ask.client.address, -1);
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    });
    this.#running.add(running);
  }

  #count(address: string, change: 1 | -1): void {
    const count = (this.#perAddress.get(address) ?? 0) + change;
    if (count === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, count);
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
