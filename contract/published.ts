// state/published.json: the founding sets whose seeds a machine has fetched. The shim appends to it,
// the next build merges it into cluster.lock.json.

import * as z from 'zod/mini';
import { epochSchema } from './epoch.ts';
import type { Agreed } from './parse.ts';
import { parseFile } from './parse-file.ts';

export const publishedSetSchema = z.object({
  /** `cluster.founding.epoch` when the set was served. */
  epoch: epochSchema,
  /** The names of all servers in that inventory, sorted. */
  servers: z.array(z.string()),
});

export type PublishedSet = Agreed<typeof publishedSetSchema>;

const publishedSchema = z.object({ version: z.literal(1), sets: z.array(publishedSetSchema) });

export type PublishedFile = Agreed<typeof publishedSchema>;

/** @throws {UserError} when it is damaged: a forgotten set could allow a second cluster */
export function parsePublished(text: string, path: string): PublishedFile {
  return parseFile(
    publishedSchema,
    text,
    path,
    'restore it from a backup; remove it only if no machine has booted yet',
  );
}

export const PUBLISHED = 'published.json';

/** Locked while a process adds to the file: the shim and exports both read and rewrite it. */
export const PUBLISHED_LOCK = '.published.lock';
/** Milliseconds to wait for the lock. */
export const PUBLISHED_WAIT = 10_000;

/** The file's sets with these added; null when it already has them all. */
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
