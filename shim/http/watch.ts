// What HTTP tells whoever keeps the timeline, and asks before it gives secrets away.

export interface Sending {
  readonly client: string;
  readonly local: string;
  /** In dist/. */
  readonly name: string;
  /** The first byte of the file that is sent. */
  readonly start: number;
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
