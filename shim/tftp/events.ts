// What the TFTP server logs, as data; the log escapes control characters.
import type { AddressInfo } from 'node:net';

/** A request from one client port for one file, and its outcome. */
export interface TransferEvent {
  readonly kind: 'transfer';
  /**
   * `complete`: the client has it all; `probed`: it wanted only the options; `aborted`: it sent an
   * ERROR; `timeout`: it stopped answering; `failed`: the file could not be sent.
   */
  readonly outcome: 'complete' | 'probed' | 'aborted' | 'timeout' | 'failed';
  readonly client: Peer;
  /** The server address that received the request. */
  readonly server: string;
  /** The name below the root. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Negotiated bytes of data per block. */
  readonly blksize: number;
  /** Negotiated blocks per window. */
  readonly windowsize: number;
  readonly milliseconds: number;
  readonly retransmissions: number;
  /** Why it is not complete. */
  readonly reason?: string;
  /** Whether `doctor` asked, and no machine. */
  readonly isDoctor?: true;
}

/** A request answered with an ERROR packet with this code. */
export interface RefusedEvent {
  readonly kind: 'refused';
  readonly client: Peer;
  readonly server: string;
  /** As requested. */
  readonly file: string;
  readonly code: number;
  readonly reason: string;
}

/** Datagrams not worth a line each; reported at most every ten seconds. */
export interface DroppedEvent {
  readonly kind: 'dropped';
  readonly counts: Readonly<Record<string, number>>;
}

/** A socket error; the server continues. */
export interface SocketEvent {
  readonly kind: 'socket-error';
  readonly server: string;
  readonly reason: string;
}

export type TftpEvent = TransferEvent | RefusedEvent | DroppedEvent | SocketEvent;

/** Where a datagram came from. */
export type Peer = Pick<AddressInfo, 'address' | 'port'>;
