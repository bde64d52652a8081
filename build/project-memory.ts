// What a project remembers between builds, besides dist/: secrets/, cluster.lock.json and what the
// shim recorded in state/.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FOUNDED, type FoundedFile, parseFounded } from '../contract/founded.ts';
import { PUBLISHED, type PublishedSet, parsePublished } from '../contract/published.ts';
import { hasFounded, keepsakeFailed } from './build-errors.ts';
import {
  type ClusterLock,
  checkPublished,
  foundingSets,
  nextLock,
  readClusterLock,
  warnNeverInstalled,
} from './cluster-lock.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { serversOf } from './plan.ts';
import type { ProjectOptions } from './project.ts';
import { readKept, readTextFile } from './read-text.ts';
import { fingerprintOf, resolveSecrets, type Secrets } from './secrets.ts';
import { writeProjectFile } from './write-project-file.ts';

/** Files that a build writes besides dist/, each with its text. */
export interface Keepsakes {
  readonly secretsFolder: string;
  readonly secrets: ReadonlyMap<string, string>;
  readonly lockPath: string;
  /** Null when the lock is up to date. */
  readonly lock: string | null;
  /** What the shim recorded and the build deletes; null for nothing. */
  readonly forget: string | null;
}

export interface Memory {
  readonly secrets: Secrets;
  /** A node reported that it founded the cluster of this epoch or a later one. */
  readonly founded: boolean;
  readonly foundingSets: readonly (readonly string[])[];
  readonly keepsakes: Keepsakes;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Reads what the project remembers, checks the inventory against it, and returns what is new. */
export function recall(
  inventory: Inventory,
  project: string,
  home: string,
  options: ProjectOptions,
): Memory {
  const { document } = inventory;
  const secretsFolder = options.secrets ?? join(project, 'secrets');
  const lockPath = join(project, 'cluster.lock.json');
  const onDisk = readClusterLock(lockPath, readKept);
  const neverBooted = options.neverBooted === true;
  const fingerprint = neverBooted ? null : onDisk.token;
  const folders = { folder: secretsFolder, project, home };
  const sources = { ...folders, environment: process.env, readText: readTextFile, readKept };
  const resolved = resolveSecrets(inventory, sources, fingerprint);
  const { latch, published } = readSeen(options.state ?? join(project, 'state'), neverBooted);
  const { epoch, abandon } = document.cluster.founding;
  const servers = serversOf(document);
  const lock = nextLock(onDisk, {
    epoch,
    servers,
    published: readPublished(published),
    publishesNow: document.genesis.url !== null,
    founded: document.cluster.founded,
    neverBooted,
    fingerprint: fingerprint ?? fingerprintOf(resolved.secrets.token),
  });
  return {
    secrets: resolved.secrets,
    founded: latch !== null && latch.epoch >= epoch,
    foundingSets: foundingSets(lock, epoch, servers, abandon),
    keepsakes: {
      secretsFolder,
      secrets: resolved.fresh,
      lockPath,
      lock: changedText(onDisk, lock),
      forget: neverBooted ? published : null,
    },
    faults: [...resolved.faults, ...checkPublished(inventory, lock, servers)],
    warnings: warnNeverInstalled(inventory, lock),
  };
}

/** What the shim recorded. @throws {UserError} when it is damaged, or contradicts --never-booted */
function readSeen(state: string, neverBooted: boolean) {
  const founded = join(state, FOUNDED);
  const latch = readLatch(founded);
  if (latch !== null && neverBooted) throw hasFounded(latch, founded);
  return { latch, published: join(state, PUBLISHED) };
}

/**
 * The sets that machines may have seen, as the shim and exports recorded.
 * @throws {UserError} when the file is damaged or unreadable: neither happens in normal operation
 */
export function readPublished(path: string): readonly PublishedSet[] {
  const text = readKept(path);
  return text === null ? [] : parsePublished(text, path).sets;
}

/** The shim's founding latch; null if unset. @throws {UserError} as readPublished */
function readLatch(path: string): FoundedFile | null {
  const text = readKept(path);
  return text === null ? null : parseFounded(text, path);
}

function changedText(before: ClusterLock, after: ClusterLock): string | null {
  const text = (lock: ClusterLock) => `${JSON.stringify(lock, null, 2)}\n`;
  return text(before) === text(after) ? null : text(after);
}

/**
 * Writes new files atomically and synced: a lost token would lock machines out.
 * @throws {UserError} when a file cannot be written
 */
export async function writeKeepsakes(keepsakes: Keepsakes): Promise<void> {
  const { secretsFolder, secrets, lockPath, lock, forget } = keepsakes;
  if (forget !== null) await rm(forget, { force: true });
  if (secrets.size > 0) {
    await mkdir(secretsFolder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw keepsakeFailed(secretsFolder, error);
    });
  }
  for (const [name, text] of secrets)
    await writeProjectFile(join(secretsFolder, name), `${text}\n`, 0o600);
  if (lock !== null) await writeProjectFile(lockPath, lock);
}
