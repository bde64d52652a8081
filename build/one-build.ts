// One build per project at a time: two first builds would each generate secrets, and machines would
// get either.
import { dirname, join, resolve } from 'node:path';
import { withLock } from '../durable/lock.ts';
import { busyProject } from './build-errors.ts';

const NAME = '.build.lock';
const MINUTE = 60_000;

/**
 * Runs `work` while no other build of the project runs; waits for one that does.
 * @param inventory path of nodes.yaml
 * @param wait milliseconds to wait for it
 * @throws {UserError} when the other one is still running after that
 */
export async function exclusively<T>(
  { inventory, secrets }: { readonly inventory: string; readonly secrets?: string | undefined },
  work: () => Promise<T>,
  wait = MINUTE,
): Promise<T> {
  const folder = secrets ?? join(dirname(resolve(inventory)), 'secrets');
  const options = {
    wait,
    refused: busyProject,
    // If nothing can be written, no secret is made either; the next write reports why.
    unwritable: () => null,
    // A failed build leaves nothing behind, not even the folder.
    ownFolder: true,
  };
  return withLock(join(folder, NAME), options, work);
}
