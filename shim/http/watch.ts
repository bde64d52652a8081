// What HTTP hands on: requests that are for no file; and to whoever keeps the timeline, what leaves.
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers a request whose path is the API's; null when it is not.
 * @param name the decoded path, relative
 * @throws {HttpFault} by the promise
 */
export type Api = (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
) => Promise<void> | null;

export interface Sending {
  readonly client: string;
  readonly local: string;
  /** In dist/. */
  readonly name: string;
  /** The first byte of the file that is sent. */
  readonly start: number;
  /** Bytes that are sent of it. */
  readonly length: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes handed to the connection so far, headers included. */
  sent(): number;
}

export interface Watch {
  /** A node is about to get its secrets. @throws {Error} where it must not, with words for people */
  beforeSecrets(): Promise<void>;
  /** A file begins to leave. @returns to be called once it has: whether all of it did */
  began(sending: Sending): (whole: boolean) => void;
}
