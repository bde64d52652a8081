// One build at a time in a project: two first ones would each make secrets, and the machines would
// get those of one or the other.
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { claimPidFile } from '../contract/pid-file.ts';
import { busyProject } from './errors.ts';

const NAME = '.build.pid';
/** Milliseconds: how often to look, how long to wait for another build, and what none takes. */
const LOOK_EVERY = 50;
const WAIT = 60_000;
const STALE_AFTER = 600_000;

/** What this process is at work on: its own id in a file may also be what one before it left. */
const atWork = new Set<string>();

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
  await claim(folder, path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true }).catch(() => {});
    atWork.delete(path);
    // A build that failed leaves nothing behind, not even the folder that it made.
    await rmdir(folder).catch(() => {});
  }
}

async function claim(folder: string, path: string): Promise<void> {
  const deadline = Date.now() + WAIT;
  for (;;) {
    const holder = await tryClaim(folder, path);
    if (holder === null) return;
    if (Date.now() > deadline) throw busyProject(holder, path);
    await setTimeout(LOOK_EVERY);
  }
}

/** Null when we may work, else whom to wait for. */
async function tryClaim(folder: string, path: string): Promise<number | null> {
  if (atWork.has(path)) return process.pid;
  atWork.add(path);
  const holder = await claimIn(folder, path);
  if (holder !== null) atWork.delete(path);
  return holder;
}

/** Where nothing can be written, no secret is made either: what must be written will say why. */
async function claimIn(folder: string, path: string): Promise<number | null> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch {
    return null;
  }
  try {
    return await claimPidFile(path, { staleAfter: STALE_AFTER });
  } catch (error) {
    // The other one removed its folder, or took over at the same moment.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'EEXIST' ? process.pid : null;
  }
}
