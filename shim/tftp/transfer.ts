// One read transfer (RFC 1350 section 6, windows by RFC 7440): what to send, when, and when to stop.
// No sockets and no clock of its own, so that tests drive it packet by packet.
import { type Clock, Deadline } from './deadline.ts';
import type { Terms } from './negotiate.ts';
import { encodeOack, type Packet } from './packet.ts';
import { measured, type RoundTrip, timeoutMs } from './round-trip.ts';

/** Sends packets to the client. */
export interface Connection {
  send(packet: Uint8Array): void;
}

/** What is sent, by blocks. */
export interface Source {
  /**
   * The DATA packet of a block, counted from 1 and beyond 65,535. A promise when its bytes must be
   * read first; it rejects when the file can no longer be read as it was at the start.
   */
  packet(block: number): Uint8Array | Promise<Uint8Array>;
}

/** Of a DATA packet, before the data. */
const HEADER_BYTES = 4;

export type Outcome =
  | { readonly kind: 'complete' }
  /** The client only asked for the options, such as the size, and then declined (RFC 2349). */
  | { readonly kind: 'probed' }
  | { readonly kind: 'aborted'; readonly code: number; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface TransferOptions {
  readonly source: Source;
  readonly terms: Terms;
  readonly connection: Connection;
  readonly clock: Clock;
  /** Retransmissions in a row before the client's first ACK, and after it. */
  readonly retries: { readonly handshake: number; readonly established: number };
  /** Called once; nothing is sent after it. */
  readonly onEnd: (outcome: Outcome) => void;
}

/** The OACK counts as block 0 (its ACK says 0, RFC 2347 section 3), so before it comes −1. */
const BEFORE_OACK = -1;

export class Transfer {
  /** Packets sent again, for the log. */
  retransmissions = 0;
  /** When the last packet arrived that made progress; before that, when the transfer began. */
  progressAt = 0;

  readonly #options: TransferOptions;
  /** The last block acknowledged by the client; not wrapped at 65,535. */
  #acked: number;
  /** The next block to send. */
  #next = 1;
  /** The highest block ever sent. */
  #sent = 0;
  /** The highest block that had been sent when something was last sent again. */
  #resent = BEFORE_OACK;
  /** The short block that ends the file, once known. */
  #final = Number.POSITIVE_INFINITY;
  #reading = false;
  #ended = false;
  #heard = false;
  #retries = 0;
  #roundTrip: RoundTrip | null = null;
  #sentAt = 0;
  readonly #deadline: Deadline;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#deadline = new Deadline(options.clock, () => this.#noAnswer());
    this.#acked = options.terms.granted.length === 0 ? 0 : BEFORE_OACK;
  }

  /** True until the client's first ACK: the sender may be forged. */
  get unheard(): boolean {
    return !this.#heard;
  }

  /** Smoothed round trip in milliseconds; null before the first ACK. */
  get roundTripMs(): number | null {
    return this.#roundTrip?.smoothed ?? null;
  }

  /** True once the outcome is known. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends the OACK, or the first window if no options were granted. */
  start(): void {
    this.progressAt = this.#options.clock.now();
    this.#sendOutstanding();
    this.#wait();
  }

  /** A packet from the client's own transfer port. */
  receive(packet: Packet): void {
    if (this.#ended) return;
    if (packet.kind === 'ack') this.#acknowledge(packet.block);
    if (packet.kind === 'error') {
      const { code, message } = packet;
      this.#end(this.#sent === 0 ? { kind: 'probed' } : { kind: 'aborted', code, message });
    }
  }

  /** Repeats the first packet for a client that sent its request again because it saw no answer. */
  repeatStart(): void {
    if (this.#ended || this.#heard) return;
    this.#goBack();
    this.#sendOutstanding();
  }

  /** Ends it from outside, such as at shutdown. */
  stop(error: unknown): void {
    this.#end({ kind: 'failed', error });
  }

  #acknowledge(wireBlock: number): void {
    const ahead = (wireBlock - this.#acked) & 0xffff;
    const block = this.#acked + ahead;
    if (block > this.#sent) return;
    if (ahead === 0) {
      this.#repeatedAck(block);
      return;
    }
    this.#measure(block);
    this.#heard = true;
    this.#acked = block;
    this.#retries = 0;
    this.progressAt = this.#options.clock.now();
    if (block >= this.#final) {
      this.#end({ kind: 'complete' });
      return;
    }
    // An ACK inside the window says that the block after it was lost (RFC 7440 section 4).
    if (block < this.#sent) this.#goBack();
    this.#wait();
    this.#sendOutstanding();
  }

  /**
   * A duplicate ACK. In lock-step it is never answered: answering every copy would double all later
   * packets (Sorcerer's Apprentice, RFC 1123 section 4.2.3.1). With a window it may mean that the
   * window's first block was lost; but once blocks were sent twice, their ACKs may come twice too, so
   * only the timeout counts until the client is past them.
   */
  #repeatedAck(block: number): void {
    const lost = this.#options.terms.windowsize > 1 && block < this.#sent && block > this.#resent;
    if (!lost || block === BEFORE_OACK) return;
    this.#goBack();
    this.#wait();
    this.#sendOutstanding();
  }

  /** A round trip counts only if its block was sent once (Karn's algorithm, RFC 6298 section 3). */
  #measure(block: number): void {
    if (block !== this.#sent || block <= this.#resent) return;
    this.#roundTrip = measured(this.#roundTrip, this.#options.clock.now() - this.#sentAt);
  }

  #goBack(): void {
    this.#resent = this.#sent;
    this.#next = Math.max(1, this.#acked + 1);
    this.retransmissions += 1;
  }

  #sendOutstanding(): void {
    if (this.#acked === BEFORE_OACK) this.#send(encodeOack(this.#options.terms.granted));
    else this.#fillWindow();
  }

  #fillWindow(): void {
    while (!this.#ended && !this.#reading && this.#windowOpen()) {
      const block = this.#next;
      const packet = this.#options.source.packet(block);
      if (packet instanceof Promise) this.#sendOnceRead(block, packet);
      else this.#sendBlock(block, packet);
    }
  }

  #windowOpen(): boolean {
    return this.#next <= Math.min(this.#final, this.#acked + this.#options.terms.windowsize);
  }

  #sendOnceRead(block: number, pending: Promise<Uint8Array>): void {
    this.#reading = true;
    const send = (packet: Uint8Array) => {
      this.#reading = false;
      if (this.#ended) return;
      // An ACK or a timeout may have moved the window while the bytes were fetched.
      if (this.#next === block && this.#windowOpen()) this.#sendBlock(block, packet);
      this.#fillWindow();
    };
    pending.then(send).catch((error: unknown) => this.#end({ kind: 'failed', error }));
  }

  #sendBlock(block: number, packet: Uint8Array): void {
    if (packet.length < HEADER_BYTES + this.#options.terms.blksize) this.#final = block;
    this.#next = block + 1;
    this.#sent = Math.max(this.#sent, block);
    this.#send(packet);
  }

  #send(packet: Uint8Array): void {
    this.#sentAt = this.#options.clock.now();
    this.#options.connection.send(packet);
  }

  /** The client's requested timeout applies only once it has answered: the request may be forged. */
  #wait(): void {
    const asked = this.#heard ? this.#options.terms.timeoutMs : null;
    this.#deadline.set(asked ?? timeoutMs(this.#roundTrip, this.#retries));
  }

  #noAnswer(): void {
    const { retries } = this.#options;
    this.#retries += 1;
    if (this.#retries > (this.#heard ? retries.established : retries.handshake)) {
      this.#end({ kind: 'timeout' });
      return;
    }
    this.#goBack();
    this.#wait();
    this.#sendOutstanding();
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline.cancel();
    this.#options.onEnd(outcome);
  }
}
