// The limits of the TFTP server, with their defaults.

export interface TftpLimits {
  /** Concurrent transfers. Default 1000. */
  readonly transfers: number;
  /** Of these, for the inventory's machines only. Default 128. */
  readonly transfersKept: number;
  /** Concurrent transfers to one address, and to one machine whatever its addresses. Default 32. */
  readonly transfersPerAddress: number;
  /**
   * Milliseconds for which a transfer keeps its place without an ACK: its request may be forged. A
   * real client sends its first ACK within a round trip. Default 100.
   */
  readonly unheardMs: number;
  /** Requests per second from one client port, with a burst of four seconds' worth. Default 25. */
  readonly requestsPerSecond: number;
  /**
   * Requests per second from one address, likewise. More than any machine sends: while others send
   * requests in its name, its own must still get through. Default 200.
   */
  readonly requestsPerSecondFromAddress: number;
  /** Requests per second in all, likewise. Default 2000. */
  readonly requestsPerSecondInAll: number;
  /** The answer to a client over a limit: none (it retries), or ERROR 3. Default 'silent'. */
  readonly refusal: 'silent' | 'error';
  /** Milliseconds after which any transfer is ended. Default 30 minutes. */
  readonly lifetimeMs: number;
  /** Retransmissions in a row before the client's first ACK: a request may be forged. Default 3. */
  readonly handshakeRetries: number;
  /** Retransmissions in a row after it. Default 7. */
  readonly retries: number;
  /**
   * Largest block size granted, in bytes; 20 less over IPv6. Default 1468, what one Ethernet frame
   * carries (1500 − 20 IPv4 − 8 UDP − 4 TFTP): much firmware cannot reassemble fragments. Less where the
   * link's MTU is smaller.
   */
  readonly maxBlksize: number;
  /** Largest window size granted, in blocks. Default 64. */
  readonly maxWindowsize: number;
  /** Largest window granted, in bytes. Default 1 MiB. */
  readonly maxWindowBytes: number;
  /** Bytes of files cached in memory. Default 16 MiB: all boot programs together have 3. */
  readonly cacheBytes: number;
}

export const DEFAULT_LIMITS: TftpLimits = {
  transfers: 1000,
  transfersKept: 128,
  transfersPerAddress: 32,
  unheardMs: 100,
  requestsPerSecond: 25,
  requestsPerSecondFromAddress: 200,
  requestsPerSecondInAll: 2000,
  refusal: 'silent',
  lifetimeMs: 30 * 60 * 1000,
  handshakeRetries: 3,
  retries: 7,
  maxBlksize: 1468,
  maxWindowsize: 64,
  maxWindowBytes: 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
};
