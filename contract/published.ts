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

/** Beside it, locked while one process adds to it: the shim and exports each read what is there and write it anew. */
export const PUBLISHED_LOCK = '.published.lock';
/** Milliseconds to wait for whoever has it locked. */
export const PUBLISHED_WAIT = 10_000;

/** What the file is to hold once these sets are in it; null when it has them all. */
export function withSets(
  before: readonly PublishedSet[],
  sets: readonly PublishedSet[],
): PublishedSet[] | null {
  const known = new Set(before.map(keyOf));
  const fresh = sets.filter(
    (set) => set.servers.length > 0 && !known.has(keyOf(set)) && known.add(keyOf(set)),
  );
  return fresh.length === 0 ? null : [...before, ...fresh];
}

function keyOf({ epoch, servers }: PublishedSet): string {
  return `${epoch} ${[...servers].sort().join(' ')}`;
}
