// state/founded.json: the founding latch (design section 6). Written by the shim when a founder checks
// in, read by the next build as `cluster.founded`. While it is there, no node of its epoch founds.

export interface FoundedFile {
  readonly version: 1;
  /** `cluster.founding.epoch` of the founding; a later epoch may found anew. */
  readonly epoch: number;
  /** The founder's name. */
  readonly node: string;
  /** When it checked in, ISO 8601. */
  readonly at: string;
}

export const FOUNDED = 'founded.json';
