// One build at a time in a project: two first ones would each make secrets, and the machines would
// get those of one or the other.
import { dirname, join, resolve } from 'node:path';
import { withLock } from '../durable/lock.ts';
import { busyProject } from './errors.ts';

const NAME = '.build.lock';
const MINUTE = 60_000;

/**
 * Runs `work` while no other build of the project is at work; waits for one that is.
 * @param inventory path of nodes.yaml
 * @param wait milliseconds to wait for it
 * @throws {UserError} when the other one has not ended after that
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
    // Where nothing can be written, no secret is made either: what must be written will say why.
    unwritable: () => null,
    // A build that failed leaves nothing behind, not even the folder that it made.
    ownFolder: true,
  };
  return withLock(join(folder, NAME), options, work);
}
