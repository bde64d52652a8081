// Which secrets an export has for whom: sealed where the node has enrolled, since only it can read them then;
// otherwise in the clear, for there is no other way without a shim.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EnrollAnswer,
  type Enrolled,
  enrolledPath,
  parseEnrolled,
} from '../../contract/enrolment.ts';
import { type InventoryNode, parseInventoryFile } from '../../contract/inventory.ts';
import type { Issued, SecretSet } from '../../contract/issued.ts';
import { CLEAR_SECRETS, SEALED_SECRETS } from '../../contract/node-secrets.ts';
import { INVENTORY, NODES } from '../../contract/paths.ts';
import { peerKeyOf, secretsFor } from '../../trust/node-secrets.ts';
import { proof } from '../../trust/proof.ts';
import { type PublicKey, readPublicKey, UnfitKey } from '../../trust/public-key.ts';
import { seal } from '../../trust/seal.ts';
import { readKept } from '../read-text.ts';
import { notBuilt, recordUnfit } from './export-errors.ts';
import type { MadeFile } from './source.ts';

export interface HandoutOptions {
  readonly issued: Issued;
  /** The folder state/. */
  readonly state: string;
  /** Leave out what could only be in the clear. */
  readonly withoutSecrets: boolean;
}

export interface Handout {
  readonly files: readonly MadeFile[];
  /** Names of nodes, by how they get their secrets. */
  readonly sealed: readonly string[];
  readonly clear: readonly string[];
  readonly without: readonly string[];
}

/**
 * The secrets of the nodes of a built tree.
 * @throws {UserError} when the tree, or the record of a node, is damaged
 */
export async function handoutFor(dist: string, options: HandoutOptions): Promise<Handout> {
  const path = join(dist, INVENTORY);
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw notBuilt(dist, cause);
  });
  const { nodes } = parseInventoryFile(text, path);
  const given = nodes.map((node) => ({ node, key: keyOf(node, options.state) }));
  const isOut = options.withoutSecrets;
  const names = (wanted: boolean) =>
    given.filter(({ key }) => (key !== null) === wanted).map(({ node }) => node.name);
  return {
    files: given.flatMap(({ node, key }) => filesOf(node, key, options)),
    sealed: names(true),
    clear: isOut ? [] : names(false),
    without: isOut ? names(false) : [],
  };
}

/** The key that a node shows next; null where that is not known. */
function keyOf(node: InventoryNode, state: string): PublicKey | null {
  const { name, wipe = null, diskless } = node;
  if (diskless === true) return null;
  const path = join(state, enrolledPath(name));
  const text = readKept(path);
  const record: Enrolled | null = text === null ? null : parseEnrolled(text, path);
  const pinned = record?.pinned ?? null;
  // Somebody expects another disk.
  if (pinned === null || record?.admitted !== null || pinned.wipe !== wipe) return null;
  try {
    return readPublicKey(pinned.key);
  } catch (cause) {
    throw cause instanceof UnfitKey ? recordUnfit(path, cause) : cause;
  }
}

function filesOf(
  node: InventoryNode,
  key: PublicKey | null,
  { issued, withoutSecrets }: HandoutOptions,
): MadeFile[] {
  if (key === null && withoutSecrets) return [];
  const [set] = issued.sets;
  if (set === undefined) return [];
  const made = key === null ? clearFile(node, set, issued) : sealedFile(node, key, set, issued);
  return node.macs.map((mac) => ({ ...made, path: `${NODES}/${mac}/${made.path}` }));
}

function clearFile(node: InventoryNode, set: SecretSet, issued: Issued): MadeFile {
  const text = `${JSON.stringify(secretsFor(node, set, issued), null, 2)}\n`;
  return { path: CLEAR_SECRETS, text, stamp: stampOf(node, [set]), isSecret: true };
}

/** Differs each time that it is made, so its stamp says what it is made of. */
function sealedFile(node: InventoryNode, key: PublicKey, set: SecretSet, issued: Issued): MadeFile {
  const sealed = seal(JSON.stringify(secretsFor(node, set, issued)), key);
  const proofs = issued.sets.map(({ peerKey }) =>
    proof(peerKeyOf(node, peerKey), 'enroll', '', sealed.tag),
  );
  const answer: EnrollAnswer = { version: 1, sealed, proofs };
  const stamp = `${stampOf(node, issued.sets)} ${key.fingerprint}`;
  return { path: SEALED_SECRETS, text: `${JSON.stringify(answer)}\n`, stamp, isSecret: false };
}

/** Derived from no secret: the record of an export is as readable as the export. */
function stampOf({ name, role }: InventoryNode, sets: readonly SecretSet[]): string {
  return [name, role, ...sets.map(({ id }) => id)].join(' ');
}
