// ./homepbp rotate [--end]: new secrets for a cluster that runs, and the end of the old ones.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CLUSTER_LOCK, readClusterLock } from '../build/cluster-lock.ts';
import { exclusively } from '../build/one-build.ts';
import { readKept } from '../build/read-text.ts';
import { withNewSet, withoutOlderSets, writeSets } from '../build/rotate.ts';
import { FOUNDED, parseFounded } from '../contract/founded.ts';
import type { InventoryFile } from '../contract/inventory.ts';
import { escaped } from '../messages/escaped.ts';
import { UserError } from '../messages/user-error.ts';
import { openEnrolled } from '../shim/state/enrolled.ts';
import { readBuiltInventory, requireIssued } from './built-files.ts';
import { parseFlags } from './flags.ts';
import { actAsOwner } from './owner.ts';
import {
  DIST,
  INVENTORY,
  SECRETS_BESIDE_INVENTORY,
  STATE_BESIDE_INVENTORY,
} from './project-flags.ts';
import { projectOf, secretsBeside, stateBeside } from './project-folders.ts';
import { rotationLines, rotationOf } from './rotation-words.ts';

const FLAGS = {
  end: { type: 'boolean', default: false, about: 'forgets the old secrets' },
  inventory: INVENTORY,
  dist: DIST,
  secrets: SECRETS_BESIDE_INVENTORY,
  state: STATE_BESIDE_INVENTORY,
} as const;

interface Place {
  readonly inventory: string;
  readonly dist: string;
  readonly secrets: string;
  readonly state: string;
  readonly clusterLock: string;
}

/**
 * Makes a new set of secrets, or has the older ones forgotten.
 * @param input where the confirmation is typed
 */
export async function run(
  args: readonly string[],
  input: NodeJS.ReadableStream = process.stdin,
): Promise<number> {
  const { end, ...flags } = parseFlags('rotate', args, FLAGS);
  actAsOwner('rotate', projectOf(flags.inventory));
  const folder = projectOf(flags.inventory);
  const { secrets = secretsBeside(flags.inventory), state = stateBeside(flags.inventory) } = flags;
  const place = { ...flags, secrets, state, clusterLock: join(folder, CLUSTER_LOCK) };
  if (end) return await endRotation(place, input);
  return await exclusively(place, () => rotate(place));
}

async function rotate(place: Place): Promise<number> {
  const { founding } = readBuiltInventory('rotate', place.dist);
  const issued = requireIssued('rotate', place.secrets);
  requireFounded(place, founding);
  if (issued.sets.length > 1) throw alreadyRotating();
  await writeSets(place, withNewSet(issued), founding.epoch);
  process.stdout.write(STARTED);
  return 0;
}

const STARTED = `There is a new set of secrets: another token for agents and another key for the nodes' messages.
  Nodes get it while ./homepbp start or serve runs, and take it into use one server after the other.
  How far it is: ./homepbp status. When all have it: ./homepbp rotate --end
  The servers' token is the same: if that was stolen, a new one would not help, as it opens the keys of the
  cluster's CAs; then found the cluster anew (docs/trust.md).
`;

async function endRotation(place: Place, input: NodeJS.ReadableStream): Promise<number> {
  const { nodes, founding } = readBuiltInventory('rotate', place.dist);
  const before = requireIssued('rotate', place.secrets);
  if (before.sets.length === 1) throw nothingToEnd();
  const rotation = rotationOf(before, nodes, (name) => openEnrolled(place.state).read(name));
  const lines = [...rotationLines(rotation), ...(rotation.waiting.length > 0 ? LEFT_BEHIND : [])];
  process.stdout.write(`${lines.map(escaped).join('\n')}\n`);
  await confirmEnd(input);
  return await exclusively(place, async () => {
    const issued = requireIssued('rotate', place.secrets);
    if (issued.sets[0]?.id !== before.sets[0]?.id) throw changedMeanwhile();
    await writeSets(place, withoutOlderSets(issued), founding.epoch);
    process.stdout.write(
      'the old secrets are forgotten here; nodes forget them when they next ask\n',
    );
    return 0;
  });
}

const LEFT_BEHIND = [
  'A node that still works with the old secrets can then neither talk to the others nor get the new ones: it must be',
  "wiped (a new 'wipe:' word) to come back.",
];

/** @throws {UserError} unless the word was typed */
async function confirmEnd(input: NodeJS.ReadableStream): Promise<void> {
  const lines = createInterface({ input });
  process.stdout.write('Type end to forget the old secrets: ');
  try {
    const { value } = await lines[Symbol.asyncIterator]().next();
    if (String(value ?? '').trim() === 'end') return;
  } finally {
    lines.close();
  }
  throw new UserError("rotate: 'end' was not typed; nothing was changed");
}

/** Before there is a cluster, nodes with different sets could found two. @throws {UserError} */
function requireFounded(
  { state, clusterLock }: Place,
  { epoch, founded }: InventoryFile['founding'],
): void {
  const path = join(state, FOUNDED);
  const text = readKept(path);
  const latch = text === null ? 0 : parseFounded(text, path).epoch;
  const { rotated = 0 } = readClusterLock(clusterLock, readKept);
  if (founded || Math.max(latch, rotated) >= epoch) return;
  throw new UserError(
    `rotate: no cluster has been founded yet, as far as Genesis knows (${path} says of none of epoch ${epoch})\n` +
      "  hint: boot the servers first; if there is a cluster, set 'founded: true' under 'cluster:' and run ./homepbp build",
  );
}

function alreadyRotating(): UserError {
  return new UserError(
    'rotate: the last rotation has not ended\n  hint: ./homepbp status says for whom it waits; then run ./homepbp rotate --end',
  );
}

function nothingToEnd(): UserError {
  return new UserError('rotate: there is nothing to end: there is one set of secrets only');
}

function changedMeanwhile(): UserError {
  return new UserError('rotate: the secrets have changed meanwhile; nothing was done');
}
