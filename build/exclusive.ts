// One build at a time in a project: two first ones would each make secrets, and the machines would
// get those of one or the other.
import { rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { releasePidFile, takePidFile } from '../contract/pid-file.ts';
import { busyProject } from './errors.ts';

const NAME = '.build.pid';
/** Milliseconds: how long to wait for another build, and what none takes. */
const TIMES = { wait: 60_000, staleAfter: 600_000 };

/**
 * Runs `work` while `secrets/.build.pid` names this process; waits for a build that is at work.
 * @param inventory path of nodes.yaml
 * @throws {UserError} when the other one has not ended after a minute
 */
export async function exclusively<T>(
  { inventory, secrets }: { readonly inventory: string; readonly secrets?: string | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const folder = secrets ?? join(dirname(resolve(inventory)), 'secrets');
  const path = join(folder, NAME);
  // Where nothing can be written, no secret is made either: what must be written will say why.
  const holder = await takePidFile(path, { ...TIMES, folderMode: 0o700 }).catch(() => null);
  if (holder !== null) throw busyProject(holder, path);
  try {
    return await work();
  } finally {
    await releasePidFile(path).catch(() => {});
    // A build that failed leaves nothing behind, not even the folder that it made.
    await rmdir(folder).catch(() => {});
  }
}
