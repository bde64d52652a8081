// An exported tree may be booted by machines of which nobody hears: its founding set counts from now on.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryFile } from '../../contract/inventory.ts';
import { INVENTORY } from '../../contract/paths.ts';
import { releasePidFile, takePidFile } from '../../contract/pid-file.ts';
import {
  PUBLISHED,
  PUBLISHED_PID,
  PUBLISHED_TIMES,
  type PublishedFile,
  type PublishedSet,
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
  const holder = await takePidFile(path, PUBLISHED_TIMES).catch((error: unknown) => {
    throw keepsakeFailed(state, error);
  });
  if (holder !== null)
    throw keepsakeFailed(path, new Error(`process ${holder} does not give it up`));
  try {
    await add({ epoch, servers }, join(state, PUBLISHED));
  } finally {
    await releasePidFile(path);
  }
}

/** The names of the servers of a built tree, sorted. @throws {UserError} when it is damaged */
async function serversOf(dist: string): Promise<string[]> {
  try {
    const { nodes }: InventoryFile = JSON.parse(await readFile(join(dist, INVENTORY), 'utf8'));
    return nodes
      .filter(({ role }) => role === 'server')
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    throw notBuilt(dist, cause);
  }
}

async function add({ epoch, servers }: PublishedSet, path: string): Promise<void> {
  const sets = readPublished(path);
  const isKnown = sets.some(
    (set) => set.epoch === epoch && set.servers.join(' ') === servers.join(' '),
  );
  if (isKnown || servers.length === 0) return;
  const file: PublishedFile = { version: 1, sets: [...sets, { epoch, servers }] };
  await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`);
}
