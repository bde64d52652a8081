// What the TFTP server tells its log, as data; whoever prints it escapes control characters.
import type { AddressInfo } from 'node:net';

/** A request from one client port for one file, and how it came out. */
export interface TransferEvent {
  readonly kind: 'transfer';
  /**
   * `complete`: the client has it all; `probed`: it only wanted the options; `aborted`: it sent
   * an ERROR; `timeout`: it fell silent; `failed`: the file could not be sent.
   */
  readonly outcome: 'complete' | 'probed' | 'aborted' | 'timeout' | 'failed';
  readonly client: Peer;
  /** The server's address that was asked. */
  readonly server: string;
  /** The name below the root. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of data per block, as agreed. */
  readonly blksize: number;
  /** Blocks per window, as agreed. */
  readonly windowsize: number;
  readonly milliseconds: number;
  readonly retransmissions: number;
  /** Why, where it is not complete. */
  readonly reason?: string;
}

/** A request answered by an ERROR packet of this code. */
export interface RefusedEvent {
  readonly kind: 'refused';
  readonly client: Peer;
  readonly server: string;
  /** As asked. */
  readonly file: string;
  readonly code: number;
  readonly reason: string;
}

/** Datagrams that were not worth a line each; told at most every ten seconds. */
export interface DroppedEvent {
  readonly kind: 'dropped';
  readonly counts: Readonly<Record<string, number>>;
}

/** A socket's own fault; the server goes on. */
export interface SocketEvent {
  readonly kind: 'socket-error';
  readonly server: string;
  readonly reason: string;
}

export type TftpEvent = TransferEvent | RefusedEvent | DroppedEvent | SocketEvent;

/** Where a datagram came from. */
export type Peer = Pick<AddressInfo, 'address' | 'port'>;
