// state/published.json: the founding sets of which some machine has fetched its seed. The shim
// appends to it, the next build takes it into cluster.lock.json.

export interface PublishedSet {
  /** `cluster.founding.epoch` when the set was served. */
  readonly epoch: number;
  /** The names of all servers of that inventory, sorted. */
  readonly servers: readonly string[];
}

export interface PublishedFile {
  readonly version: 1;
  readonly sets: readonly PublishedSet[];
}

export const PUBLISHED = 'published.json';
