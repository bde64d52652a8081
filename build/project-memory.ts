// What a project remembers between builds, besides dist/: secrets/, cluster.lock.json and what the
// shim recorded in state/.
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ENROLMENT } from '../contract/enrolment.ts';
import { FOUNDED, type FoundedFile, parseFounded } from '../contract/founded.ts';
import { ISSUED, type Issued } from '../contract/issued.ts';
import { PUBLISHED, type PublishedSet, parsePublished } from '../contract/published.ts';
import { makeFolder } from '../durable/replace-file.ts';
import { hasFounded, keepsakeFailed } from './build-errors.ts';
import {
  CLUSTER_LOCK,
  type ClusterLock,
  checkPublished,
  foundingSets,
  nextLock,
  readClusterLock,
  warnNeverInstalled,
} from './cluster-lock.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { enrolmentText, jsonText, lostState, nextIssued, readIssued } from './issued.ts';
import { serversOf } from './plan.ts';
import type { ProjectOptions } from './project.ts';
import { readKept, readTextFile } from './read-text.ts';
import { resolveSecrets } from './secrets.ts';
import { fingerprintOf } from './token-fingerprint.ts';
import { writeProjectFile } from './write-project-file.ts';

/** Files that a build writes besides dist/, each with its text. */
export interface Keepsakes {
  readonly secretsFolder: string;
  readonly secrets: ReadonlyMap<string, string>;
  /** For secrets/issued/secrets.json; null when it is up to date. */
  readonly issued: string | null;
  readonly enrolmentPath: string;
  /** For state/enrolment.json; null when it stays as it is. */
  readonly enrolment: string | null;
  readonly lockPath: string;
  /** Null when the lock is up to date. */
  readonly lock: string | null;
  /** What the shim recorded and the build deletes; null for nothing. */
  readonly forget: string | null;
}

export interface Memory {
  /** What nodes get when they enrol. */
  readonly issued: Issued;
  /** A node reported that it founded the cluster of this epoch or a later one. */
  readonly founded: boolean;
  readonly foundingSets: readonly (readonly string[])[];
  readonly keepsakes: Keepsakes;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
  /** Warnings about what is not in nodes.yaml, ready to print. */
  readonly remarks: readonly string[];
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
  const lockPath = join(project, CLUSTER_LOCK);
  const onDisk = readClusterLock(lockPath, readKept);
  const neverBooted = options.neverBooted === true;
  const fingerprint = neverBooted ? null : onDisk.token;
  const folders = { folder: secretsFolder, project, home };
  const sources = { ...folders, environment: process.env, readText: readTextFile, readKept };
  const before = readIssued(join(secretsFolder, ISSUED), readKept);
  const known = { fingerprint, issued: neverBooted ? null : before };
  const resolved = resolveSecrets(inventory, sources, known);
  const issued = nextIssued(before, resolved.secrets);
  const state = options.state ?? join(project, 'state');
  const { latch, published } = readSeen(state, neverBooted);
  const enrolmentPath = join(state, ENROLMENT);
  const isNew = issued !== before;
  const lost = isNew ? null : lostState(issued, enrolmentPath, readKept);
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
    issued,
    founded: Math.max(latch?.epoch ?? 0, lock.rotated ?? 0) >= epoch,
    foundingSets: foundingSets(lock, epoch, servers, abandon),
    keepsakes: {
      secretsFolder,
      secrets: resolved.fresh,
      issued: isNew ? jsonText(issued) : null,
      enrolmentPath,
      enrolment: isNew ? enrolmentText(issued) : null,
      lockPath,
      lock: changedText(onDisk, lock),
      forget: neverBooted ? published : null,
    },
    faults: [...resolved.faults, ...checkPublished(inventory, lock, servers)],
    warnings: warnNeverInstalled(inventory, lock),
    remarks: lost === null ? [] : [lost],
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
  for (const [name, text] of secrets) await writeSecret(join(secretsFolder, name), `${text}\n`);
  await writeIssued(keepsakes);
  if (lock !== null) await writeProjectFile(lockPath, lock);
}

/** The issued secrets come last: a build that was interrupted before makes others, and opens state/ for those. */
async function writeIssued({ secretsFolder, issued, enrolmentPath, enrolment }: Keepsakes) {
  if (enrolment !== null) {
    await makeFolderOf(enrolmentPath);
    await writeProjectFile(enrolmentPath, enrolment);
  }
  if (issued !== null) await writeSecret(join(secretsFolder, ISSUED), issued);
}

async function writeSecret(path: string, text: string): Promise<void> {
  await makeFolderOf(path, 0o700);
  await writeProjectFile(path, text, 0o600);
}

async function makeFolderOf(path: string, mode?: number): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder, mode).catch((error: unknown) => {
    throw keepsakeFailed(folder, error);
  });
}
