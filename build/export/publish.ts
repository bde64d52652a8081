// Machines may boot an exported tree unnoticed: its founding set counts from now on.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAnyInventory } from '../../contract/inventory.ts';
import { INVENTORY } from '../../contract/paths.ts';
import {
  PUBLISHED,
  PUBLISHED_LOCK,
  PUBLISHED_WAIT,
  type PublishedFile,
  type PublishedSet,
  withSets,
} from '../../contract/published.ts';
import type { LockHolder } from '../../durable/holder.ts';
import { withLock } from '../../durable/lock.ts';
import { busyState, keepsakeFailed } from '../build-errors.ts';
import { readPublished } from '../project-memory.ts';
import { writeProjectFile } from '../write-project-file.ts';
import { notBuilt } from './export-errors.ts';

/**
 * Adds the servers of a built tree to state/published.json, which the next build merges into
 * cluster.lock.json.
 * @throws {UserError} when it cannot be written
 */
export async function recordPublished(dist: string, state: string, epoch: number): Promise<void> {
  const servers = await serversOf(dist);
  const path = join(state, PUBLISHED);
  const lock = join(state, PUBLISHED_LOCK);
  const options = {
    wait: PUBLISHED_WAIT,
    refused: (holder: LockHolder) => busyState(path, holder),
    unwritable: (cause: unknown) => keepsakeFailed(lock, cause),
  };
  await withLock(lock, options, () => addSet({ epoch, servers }, path));
}

/** The names of the servers of a built tree, sorted. @throws {UserError} when it is damaged */
async function serversOf(dist: string): Promise<string[]> {
  const path = join(dist, INVENTORY);
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw notBuilt(dist, cause);
  });
  return parseAnyInventory(text, path)
    .nodes.filter(({ role }) => role === 'server')
    .map(({ name }) => name)
    .sort();
}

async function addSet(set: PublishedSet, path: string): Promise<void> {
  const sets = withSets(readPublished(path), [set]);
  if (sets === null) return;
  const file: PublishedFile = { version: 1, sets };
  await writeProjectFile(path, `${JSON.stringify(file, null, 2)}\n`);
}
