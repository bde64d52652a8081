// The sockets that transfers are sent from. Transfers that run at the same time share one, told apart
// by who they are to: with one socket each, every packet costs a look at a socket that has no other,
// and a thousand transfers a thousand sockets.
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Peer } from './events.ts';
import { decodePacket, ERROR, encodeError } from './packet.ts';
import { bindSocket, closeSocket } from './socket.ts';

/**
 * Transfers that one port serves in its life. Each client port is served by it once only, so that
 * what comes late for one transfer of a firmware, which likes to ask from the same port again, is
 * not taken for an answer in the next.
 */
const TRANSFERS_PER_PORT = 64;

/** Who is told of what comes to a port from one client. */
export interface Listener {
  receive(bytes: Uint8Array): void;
  /** The socket's own fault. */
  fail(error: Error): void;
}

/** A place at a port. */
export interface Seat {
  /** Nothing is said of packets that the system refuses: they count as lost. */
  send(packet: Uint8Array): void;
  /** Resolves once the packet has left, or has been refused. */
  sendLast(packet: Uint8Array): Promise<void>;
  /** Resolves once the socket is closed, where nobody else uses it. */
  leave(): Promise<void>;
}

/** A packet from somebody whose transfer does not run there. */
export interface Stranger {
  readonly bytes: Uint8Array;
  readonly sender: Peer;
  /** Whether a transfer of theirs ran there before. */
  readonly isFormer: boolean;
  readonly answer: (packet: Uint8Array) => void;
}

/**
 * RFC 1350 section 4: error 5, and the transfer goes on. Errors are never answered, and neither are
 * those whose transfer is over: a firmware that asks anew from the same port would take it for the
 * answer to that.
 */
export function answerStranger(
  { bytes, sender, isFormer, answer }: Stranger,
  drop: (reason: string) => void,
  mayAnswer: (address: string) => boolean,
): void {
  drop(isFormer ? 'packet for a finished transfer' : 'packet from an unknown sender');
  const { kind } = decodePacket(bytes);
  if (isFormer || kind === 'error' || kind === 'malformed' || sender.port === 0) return;
  if (mayAnswer(sender.address))
    answer(encodeError(ERROR.unknownTransferId, 'unknown transfer ID'));
}

export class TransferPorts {
  readonly #onStranger: (stranger: Stranger) => void;
  /** The port that takes the next transfer, by the server's address. */
  readonly #filling = new Map<string, TransferPort>();

  constructor(onStranger: (stranger: Stranger) => void) {
    this.#onStranger = onStranger;
  }

  /** A place for a client of a server address; rejects with the system's error when none is to be had. */
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
  /** Rejects when the system gives no socket. */
  readonly ready: Promise<Socket>;
  readonly #onStranger: (stranger: Stranger) => void;
  readonly #onEmpty: () => void;
  /** Who was ever served here, by address and port; null once it is over. */
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

  /** A place that may be used once the port is ready. */
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
