// The sockets that transfers are sent from. Concurrent transfers share one and are told apart by their
// client: with one socket each, every packet would cost a poll for that packet alone, and a thousand
// transfers a thousand sockets.
import type { RemoteInfo, Socket } from 'node:dgram';
import { bindSocket, closeSocket } from '../udp-socket.ts';
import type { Peer } from './events.ts';
import { decodePacket, ERROR, encodeError } from './packet.ts';

/**
 * Transfers that one port serves in its lifetime. It serves each client port only once: firmware tends
 * to reuse its port, and a late packet for one transfer must not be taken for an answer in the next.
 */
const TRANSFERS_PER_PORT = 64;

/** Receives what one client sends to a port. */
export interface Listener {
  receive(bytes: Uint8Array): void;
  /** The socket failed. */
  fail(error: Error): void;
}

/** A place at a port. */
export interface Seat {
  /** Packets that the system refuses are silently lost. */
  send(packet: Uint8Array): void;
  /** Resolves once the packet has been sent or refused. */
  sendLast(packet: Uint8Array): Promise<void>;
  /** Resolves once the socket is closed, unless others still use it. */
  leave(): Promise<void>;
}

/** A packet from a sender that has no running transfer on this port. */
export interface Stranger {
  readonly bytes: Uint8Array;
  readonly sender: Peer;
  /** Whether the sender had a transfer there before. */
  readonly isFormer: boolean;
  readonly answer: (packet: Uint8Array) => void;
}

/**
 * RFC 1350 section 4: error 5, and the transfer continues. Errors are never answered, and neither are
 * clients whose transfer is over: firmware that sends a new request from the same port would take it
 * for the answer to that.
 */
export function answerStranger(
  { bytes, sender, isFormer, answer }: Stranger,
  drop: (reason: string) => void,
  mayAnswer: (client: Peer) => boolean,
): void {
  drop(isFormer ? 'packet for a finished transfer' : 'packet from an unknown sender');
  const { kind } = decodePacket(bytes);
  if (isFormer || kind === 'error' || kind === 'malformed' || sender.port === 0) return;
  if (mayAnswer(sender)) answer(encodeError(ERROR.unknownTransferId, 'unknown transfer ID'));
}

export class TransferPorts {
  readonly #onStranger: (stranger: Stranger) => void;
  /** The port that takes the next transfer, by the server's address. */
  readonly #filling = new Map<string, TransferPort>();

  constructor(onStranger: (stranger: Stranger) => void) {
    this.#onStranger = onStranger;
  }

  /** A place for a client at a server address; rejects with the system's error if no socket opens. */
  async join(server: string, client: Peer, listener: Listener): Promise<Seat> {
    const port = this.#portFor(server, client);
    const seat = port.seat(client, listener);
    try {
      await port.ready;
      return seat;
    } catch (error) {
      if (this.#filling.get(server) === port) this.#filling.delete(server);
      throw error;
    }
  }

  #portFor(server: string, client: Peer): TransferPort {
    const filling = this.#filling.get(server);
    if (filling?.admits(client) === true) return filling;
    const port = new TransferPort(server, this.#onStranger, () => {
      if (this.#filling.get(server) === port) this.#filling.delete(server);
    });
    this.#filling.set(server, port);
    return port;
  }
}

class TransferPort {
  /** Rejects when no socket can be opened. */
  readonly ready: Promise<Socket>;
  readonly #onStranger: (stranger: Stranger) => void;
  readonly #onEmpty: () => void;
  /** All clients ever served here, by address and port; null once their transfer is over. */
  readonly #seats = new Map<string, Map<number, Listener | null>>();
  #served = 0;
  #taken = 0;

  constructor(server: string, onStranger: (stranger: Stranger) => void, onEmpty: () => void) {
    this.#onStranger = onStranger;
    this.#onEmpty = onEmpty;
    this.ready = this.#open(server);
  }

  async #open(server: string): Promise<Socket> {
    const socket = await bindSocket(server, 0);
    socket.on('message', (bytes, sender) => this.#receive(socket, bytes, sender));
    socket.on('error', (error) => {
      for (const listener of this.#listeners()) listener.fail(error);
    });
    return socket;
  }

  /** Whether it can serve that client port. */
  admits({ address, port }: Peer): boolean {
    return this.#served < TRANSFERS_PER_PORT && this.#seats.get(address)?.has(port) !== true;
  }

  /** A place, usable once the port is ready. */
  seat({ address, port }: Peer, listener: Listener): Seat {
    const ofAddress = this.#seats.get(address) ?? new Map<number, Listener | null>();
    this.#seats.set(address, ofAddress.set(port, listener));
    this.#served += 1;
    this.#taken += 1;
    let socket: Socket | null = null;
    this.ready.then(
      (opened) => {
        socket = opened;
      },
      () => {},
    );
    return {
      send: (packet) => socket?.send(packet, port, address),
      sendLast: (packet) =>
        new Promise((sent) => {
          if (socket === null) sent();
          else socket.send(packet, port, address, () => sent());
        }),
      leave: () => {
        ofAddress.set(port, null);
        return this.#leave();
      },
    };
  }

  async #leave(): Promise<void> {
    this.#taken -= 1;
    if (this.#taken > 0) return;
    this.#onEmpty();
    await closeSocket(await this.ready);
  }

  #receive(socket: Socket, bytes: Uint8Array, sender: RemoteInfo): void {
    const listener = this.#seats.get(sender.address)?.get(sender.port);
    if (listener) listener.receive(bytes);
    else {
      const answer = (packet: Uint8Array) =>
        socket.send(packet, sender.port, sender.address, () => {});
      this.#onStranger({ bytes, sender, isFormer: listener === null, answer });
    }
  }

  #listeners(): Listener[] {
    const all = [...this.#seats.values()].flatMap((ofAddress) => [...ofAddress.values()]);
    return all.filter((listener) => listener !== null);
  }
}
