// An exported tree may be booted by machines of which nobody hears: its founding set counts from now on.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAnyInventory } from '../../contract/inventory.ts';
import { INVENTORY } from '../../contract/paths.ts';
import { withPidFile } from '../../contract/pid-file.ts';
import {
  PUBLISHED,
  PUBLISHED_PID,
  PUBLISHED_TIMES,
  type PublishedFile,
  type PublishedSet,
  withSets,
} from '../../contract/published.ts';
import { keepsakeFailed } from '../errors.ts';
import { readPublished } from '../memory.ts';
import { replaceFile } from '../replace-file.ts';
import { notBuilt } from './errors.ts';

/**
 * Adds the servers of a built tree to state/published.json, which the next build takes into
 * cluster.lock.json.
 * @throws {UserError} when it cannot be written
 */
export async function recordPublished(dist: string, state: string, epoch: number): Promise<void> {
  const servers = await serversOf(dist);
  const path = join(state, PUBLISHED_PID);
  const add = () => addSet({ epoch, servers }, join(state, PUBLISHED));
  await withPidFile(path, PUBLISHED_TIMES, add, (cause) => keepsakeFailed(path, cause));
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
  await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`);
}
