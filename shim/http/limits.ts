// Every bound of the HTTP server, with its default.

export interface HttpLimits {
  /** Connections at once, per local address; more are closed at once. Default 512. */
  readonly connections: number;
  /** Connections at once from one client address. Default 256. */
  readonly connectionsPerClient: number;
  /** Requests sent ahead on one connection. Default 32. */
  readonly requestsAhead: number;
  /** Milliseconds for a request's headers to arrive. Default 10 s. */
  readonly headersMs: number;
  /** Milliseconds that an idle connection is kept for another request. Default 10 s. */
  readonly idleMs: number;
  /** Milliseconds in which a client takes nothing of its response. Default 60 s. */
  readonly stallMs: number;
  /** Milliseconds that responses under way are given when the server closes. Default 5 s. */
  readonly closeMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  connections: 512,
  connectionsPerClient: 256,
  requestsAhead: 32,
  headersMs: 10_000,
  idleMs: 10_000,
  stallMs: 60_000,
  closeMs: 5_000,
};

/** Bytes of a request's line and headers; more get 431. */
export const MAX_HEADER_BYTES = 8 * 1024;
