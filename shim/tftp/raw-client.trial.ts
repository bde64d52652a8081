// For tests: a TFTP client that sends whatever it is told to, valid or not.
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { TestContext } from 'node:test';
import { bindSocket, closeSocket } from '../udp-socket.ts';
import {
  decodePacket,
  encodeAck,
  encodeRequest,
  type Malformed,
  type Option,
  type Packet,
} from './packet.ts';

/** A received datagram and its sender. */
export interface Received {
  readonly packet: Packet | Malformed;
  readonly from: RemoteInfo;
}

/** One UDP port of a client. */
export class RawClient {
  readonly #socket: Socket;
  readonly #server: string;
  readonly #arrived: Received[] = [];
  #open = true;
  #wake: () => void = () => {};
  /** The port that `send` sends to: at first the request port, then as set by `follow`. */
  port: number;

  private constructor(socket: Socket, port: number, server: string) {
    this.#server = server;
    this.#socket = socket;
    this.port = port;
    socket.on('message', (bytes, from) => {
      this.#arrived.push({ packet: decodePacket(bytes), from });
      this.#wake();
    });
  }

  /** A client on its own port, closed when the test ends. */
  static async open(t: TestContext, serverPort: number, address = '0.0.0.0'): Promise<RawClient> {
    const socket = await bindSocket(address, 0);
    const client = new RawClient(socket, serverPort, isIPv6(address) ? '::1' : '127.0.0.1');
    t.after(() => client.close());
    return client;
  }

  /** Its own port. */
  get ownPort(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array, port = this.port, address = this.#server): void {
    this.#socket.send(bytes, port, address);
  }

  /** Asks the request port (given at open) for a file. */
  ask(filename: string, options: readonly Option[] = [], mode = 'octet'): void {
    this.send(encodeRequest({ kind: 'rrq', filename, mode, options }));
  }

  /** The next datagram; if none arrives, the test times out. */
  async next(): Promise<Received> {
    for (;;) {
      const received = this.#arrived.shift();
      if (received !== undefined) return received;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Everything received but not yet taken; the last one stays for the next call. */
  drain(): readonly Received[] {
    this.#arrived.splice(0, this.#arrived.length - 1);
    return this.#arrived;
  }

  /** Everything received but not yet taken. */
  takeArrived(): readonly Received[] {
    return this.#arrived.splice(0);
  }

  /** The next datagram; from now on `send` goes to its sender. */
  async follow(): Promise<Packet | Malformed> {
    const { packet, from } = await this.next();
    this.port = from.port;
    return packet;
  }

  /**
   * Takes all blocks in lock-step from `first` on and returns their bytes. A duplicate block is
   * acknowledged again.
   */
  async takeAll(first: Packet | Malformed, blksize = 512): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let packet = first; ; packet = (await this.next()).packet) {
      const behind = packet.kind === 'data' ? (parts.length + 1 - packet.block) & 0xffff : -1;
      if (packet.kind !== 'data' || behind > 1) {
        throw new Error(`wanted block ${parts.length + 1}, got ${JSON.stringify(packet)}`);
      }
      if (behind === 0) parts.push(packet.data);
      this.send(encodeAck(packet.block));
      if (packet.data.length < blksize) return Buffer.concat(parts);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await closeSocket(this.#socket);
  }
}
