// What HTTP passes on: requests that are not for a file, and, to the timeline, which files are sent.
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers a request whose path is the API's; null when it is not.
 * @param name the decoded path, relative
 * @throws {HttpFault} through the promise
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

export interface SendHooks {
  /** A node is about to get its seed. @throws {Error} with a readable message when it must not */
  beforeSeed(): Promise<void>;
  /** A file starts being sent. @returns to be called at its end: whether all of it was sent */
  began(sending: Sending): (whole: boolean) => void;
}
