// A new set of secrets for a cluster that runs. Agents' token and the peer key are new; the servers' token stays: who
// has it could read the keys of the cluster's CAs, which no new token takes back, and kept snapshots need it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ISSUED, type Issued, type SecretSet } from '../contract/issued.ts';
import { readClusterLock } from './cluster-lock.ts';
import { jsonText, randomId } from './issued.ts';
import { readKept } from './read-text.ts';
import { rotatedFiles } from './secrets.ts';
import { writeProjectFile } from './write-project-file.ts';

export interface RotatePaths {
  /** The folder secrets/. */
  readonly secrets: string;
  readonly clusterLock: string;
}

/** With a new set before the others. */
export function withNewSet(issued: Issued): Issued {
  const word = () => randomBytes(32).toString('hex');
  const [{ token }] = issued.sets as [SecretSet];
  const fresh = { id: randomId(), token, agentToken: word(), peerKey: word() };
  return { ...issued, sets: [fresh, ...issued.sets] };
}

/** With the newest set alone. */
export function withoutOlderSets(issued: Issued): Issued {
  return { ...issued, sets: issued.sets.slice(0, 1) };
}

/**
 * Makes `issued` what nodes get. That one file decides: where this is interrupted before it nothing has changed, and
 * after it the next build writes the others.
 * @param epoch of the cluster, which is founded for ever from here on
 * @throws {UserError} when a file cannot be written
 */
export async function writeSets(
  { secrets, clusterLock }: RotatePaths,
  issued: Issued,
  epoch: number,
): Promise<void> {
  const lock = readClusterLock(clusterLock, readKept);
  if ((lock.rotated ?? 0) < epoch)
    await writeProjectFile(clusterLock, jsonText({ ...lock, rotated: epoch }));
  await writeProjectFile(join(secrets, ISSUED), jsonText(issued), 0o600);
  for (const [file, text] of rotatedFiles(issued.sets[0] as SecretSet))
    await writeProjectFile(join(secrets, file), `${text}\n`, 0o600);
}
