// The limits of the HTTP server, with their defaults.

export interface HttpLimits {
  /** Concurrent connections in all; for one more, another is closed (shim/places.ts). Default 512. */
  readonly connections: number;
  /** Concurrent connections of one machine, or of one address if it is unknown. Default 256. */
  readonly connectionsPerSource: number;
  /** Connections that strangers cannot have: kept for this computer and the nodes. Default 128. */
  readonly connectionsKept: number;
  /** Pipelined requests on one connection. Default 32. */
  readonly requestsAhead: number;
  /** Milliseconds for a request's headers to arrive. Default 10 s. */
  readonly headersMs: number;
  /** Milliseconds that an idle connection is kept open. Default 10 s. */
  readonly idleMs: number;
  /** Milliseconds that a client may read nothing of its response. Default 60 s. */
  readonly stallMs: number;
  /** Milliseconds that running responses get to finish when the server closes. Default 5 s. */
  readonly closeMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  connections: 512,
  connectionsPerSource: 256,
  connectionsKept: 128,
  requestsAhead: 32,
  headersMs: 10_000,
  idleMs: 10_000,
  stallMs: 60_000,
  closeMs: 5_000,
};

/** Size limit of request line and headers; beyond it the answer is 431. */
export const MAX_HEADER_BYTES = 8 * 1024;
