// The demo's folder: a project of its own, the machines' disks, logs, and what later commands must know.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { makeFolders } from '../../durable/make-folders.ts';
import { UserError } from '../../messages/user-error.ts';
import { runProgram } from '../../test/e2e/program.ts';
import type { User } from '../become.ts';
import { systemSchema } from './system.ts';

/** A cluster on disks that can be started again. */
const keptSchema = z.object({
  system: systemSchema,
  machines: z.int(),
  /** The cluster's id. */
  cluster: z.string(),
});
export type Kept = z.infer<typeof keptSchema>;

/** Where a running demo takes orders. */
const runningSchema = z.object({ orders: z.string() });

export interface Folder {
  readonly path: string;
  /** The project and the disks. */
  readonly work: string;
  readonly logs: string;
  readonly lock: string;
}

/** The demo's folder at a path; it need not be there yet. */
export function folderAt(path: string): Folder {
  const inside = (name: string) => join(path, name);
  return { path, work: inside('work'), logs: inside('logs'), lock: inside('lock') };
}

/** Everything that may be in it; `lock.held` stands for the lock where files cannot be locked. */
const OURS = ['work', 'logs', 'kept.json', 'running.json', 'lock', 'lock.held'];

/** @throws {UserError} for a folder with anything else in it, which the demo would remove and give away */
export async function checkFolder({ path }: Folder): Promise<void> {
  const names = existsSync(path) ? await readdir(path) : [];
  const other = names.find((name) => !OURS.includes(name));
  if (other === undefined) return;
  throw new UserError(
    `demo: ${path} holds other files than the demo's, such as ${other}\n  hint: name an empty or new folder with --folder`,
  );
}

/** Removes all that is the demo's, and the folder with it. */
export async function removeFolder({ path }: Folder): Promise<void> {
  for (const name of OURS) await rm(join(path, name), { recursive: true, force: true });
  await rmdir(path).catch(() => {});
}

/** The same where nothing came to be but the lock. */
export async function removeIfBare(folder: Folder): Promise<void> {
  const names = existsSync(folder.path) ? await readdir(folder.path) : [];
  if (names.every((name) => name.startsWith('lock'))) await removeFolder(folder);
}

const keptFile = ({ path }: Folder) => join(path, 'kept.json');
const runningFile = ({ path }: Folder) => join(path, 'running.json');

/** The cluster on the disks that are there; null if there is none. */
export async function readKept(folder: Folder): Promise<Kept | null> {
  const kept = await read(keptFile(folder), keptSchema);
  return kept !== null && existsSync(folder.work) ? kept : null;
}

/** Remembers the cluster on the disks, for a later power cut. */
export async function writeKept(folder: Folder, kept: Kept): Promise<void> {
  await writeFile(keptFile(folder), `${JSON.stringify(kept)}\n`);
}

/** The socket for orders of the demo that runs, or of one that was killed; null if there was none. */
export async function readOrders(folder: Folder): Promise<string | null> {
  return (await read(runningFile(folder), runningSchema))?.orders ?? null;
}

/** Remembers where this demo takes orders. @param orders the path of a socket */
export async function writeOrders(folder: Folder, orders: string): Promise<void> {
  await writeFile(runningFile(folder), `${JSON.stringify({ orders })}\n`);
}

async function read<T>(file: string, schema: z.ZodMiniType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Empties it for a new cluster; the lock, which is held, stays. */
export async function empty(folder: Folder): Promise<void> {
  await rm(keptFile(folder), { force: true });
  for (const path of [folder.work, folder.logs, runningFile(folder)])
    await rm(path, { recursive: true, force: true });
  makeFolders(folder.work);
}

/**
 * What is left when the demo ends: of a cluster its disks, the key to its machines and the logs; without one
 * only the logs of a failure.
 */
export async function tidy(folder: Folder, isFailed: boolean): Promise<void> {
  await rm(runningFile(folder), { force: true });
  if ((await readKept(folder)) !== null) {
    const rest = (await readdir(folder.work)).filter((name) => !isNeededLater(name));
    for (const name of rest) await rm(join(folder.work, name), { recursive: true, force: true });
  } else if (isFailed) {
    await rm(folder.work, { recursive: true, force: true });
  } else {
    await removeFolder(folder);
  }
}

function isNeededLater(name: string): boolean {
  return name.endsWith('.img') || name.startsWith('person');
}

/** Gives folders with all that is in them to a user; null: they stay as they are. */
export async function giveTo(owner: User | null, ...folders: readonly string[]): Promise<void> {
  const there = folders.filter((folder) => existsSync(folder));
  if (owner === null || there.length === 0) return;
  await runProgram(['chown', '-hR', `${owner.uid}:${owner.gid}`, ...there], { seconds: 120 });
}
