// An exported tree may be booted by machines of which nobody hears: its founding set counts from now on.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryFile } from '../../contract/inventory.ts';
import { INVENTORY } from '../../contract/paths.ts';
import { PUBLISHED, type PublishedFile } from '../../contract/published.ts';
import { keepsakeFailed } from '../errors.ts';
import { readPublished } from '../memory.ts';
import { replaceFile } from '../replace-file.ts';

/**
 * Adds the servers of a built tree to state/published.json, which the next build takes into
 * cluster.lock.json.
 * @throws {UserError} when it cannot be written
 */
export async function recordPublished(dist: string, state: string, epoch: number): Promise<void> {
  const { nodes }: InventoryFile = JSON.parse(await readFile(join(dist, INVENTORY), 'utf8'));
  const servers = nodes
    .filter(({ role }) => role === 'server')
    .map(({ name }) => name)
    .sort();
  const sets = readPublished(join(state, PUBLISHED));
  const isKnown = sets.some(
    (set) => set.epoch === epoch && set.servers.join(' ') === servers.join(' '),
  );
  if (isKnown || servers.length === 0) return;
  const file: PublishedFile = { version: 1, sets: [...sets, { epoch, servers }] };
  await mkdir(state, { recursive: true }).catch((error: unknown) => {
    throw keepsakeFailed(state, error);
  });
  await replaceFile(join(state, PUBLISHED), `${JSON.stringify(file, null, 2)}\n`);
}
