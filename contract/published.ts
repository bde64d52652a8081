// state/published.json: the founding sets of which some machine has fetched its seed. The shim
// appends to it, the next build takes it into cluster.lock.json.

import * as z from 'zod/mini';
import type { Agreed } from './parse.ts';
import { parseFile } from './parse-file.ts';

export const publishedSetSchema = z.object({
  /** `cluster.founding.epoch` when the set was served. */
  epoch: z.int().check(z.positive()),
  /** The names of all servers of that inventory, sorted. */
  servers: z.array(z.string()),
});

export type PublishedSet = Agreed<typeof publishedSetSchema>;

const publishedSchema = z.object({ version: z.literal(1), sets: z.array(publishedSetSchema) });

export type PublishedFile = Agreed<typeof publishedSchema>;

/** @throws {UserError} when it is damaged: a set that is forgotten could let a second cluster be founded */
export function parsePublished(text: string, path: string): PublishedFile {
  return parseFile(
    publishedSchema,
    text,
    path,
    'restore it from a backup; remove it only where no machine has booted yet',
  );
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
