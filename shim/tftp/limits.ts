// Every bound of the TFTP server, with its default.

export interface TftpLimits {
  /** Transfers at once. Default 1000. */
  readonly transfers: number;
  /** Transfers at once to one address. Default 32. */
  readonly transfersPerAddress: number;
  /** Requests per second from one address, with a burst of four seconds' worth. Default 25. */
  readonly requestsPerSecond: number;
  /** Requests per second in all, likewise. Default 2000. */
  readonly requestsPerSecondInAll: number;
  /** What a client over a limit is told: nothing (it asks again), or ERROR 3. Default 'silent'. */
  readonly refusal: 'silent' | 'error';
  /** Milliseconds after which a transfer is given up, however lively. Default 30 minutes. */
  readonly lifetimeMs: number;
  /** Retransmissions in a row before the client's first ACK: a request may be forged. Default 3. */
  readonly handshakeRetries: number;
  /** Retransmissions in a row after it. Default 7. */
  readonly retries: number;
  /**
   * Bytes per block granted at most; 20 fewer over IPv6. Default 1468, what one Ethernet frame
   * carries (1500 − 20 IPv4 − 8 UDP − 4 TFTP): many firmwares cannot put fragments together.
   */
  readonly maxBlksize: number;
  /** Blocks per window granted at most. Default 64. */
  readonly maxWindowsize: number;
  /** Bytes per window granted at most. Default 1 MiB. */
  readonly maxWindowBytes: number;
  /** Bytes of files kept in memory for the next client. Default 16 MiB: all boot programs are 3. */
  readonly cacheBytes: number;
}

export const DEFAULT_LIMITS: TftpLimits = {
  transfers: 1000,
  transfersPerAddress: 32,
  requestsPerSecond: 25,
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
