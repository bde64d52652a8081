// ./homepbp enroll [NAME…]: who has enrolled, and whose next key is let in although another one is pinned.
import { join, resolve } from 'node:path';
import { enrolmentText, lostState } from '../build/issued.ts';
import { readKept } from '../build/read-text.ts';
import { ENROLMENT, type Enrolled } from '../contract/enrolment.ts';
import type { InventoryNode } from '../contract/inventory.ts';
import { nearest } from '../messages/nearest.ts';
import { UserError } from '../messages/user-error.ts';
import { type EnrolledRecords, openEnrolled } from '../shim/state/enrolled.ts';
import { writeState } from '../shim/state/write-state.ts';
import { readBuiltInventory, requireIssued } from './built-files.ts';
import { admittedText, enrolmentList } from './enroll-words.ts';
import { didYouMean } from './flag-faults.ts';
import { parseWords } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { DIST, SECRETS_BESIDE_STATE, STATE } from './project-flags.ts';
import { projectOf, secretsBeside } from './project-folders.ts';

const FLAGS = {
  all: { type: 'boolean', default: false, about: 'lets the next key of every node in' },
  dist: DIST,
  secrets: SECRETS_BESIDE_STATE,
  state: STATE,
} as const;

/** Lets the next key of the named nodes in, once; without names lists who has enrolled. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('enroll', args, FLAGS, ['NAME…']);
  if (flags.all && words.length > 0)
    throw new UserError(`enroll: --all is every node; leave out ${words.join(' ')}, or --all`);
  actAsOwner('enroll', projectOf(flags.state));
  const inventory = readBuiltInventory('enroll', flags.dist);
  const { secrets = secretsBeside(flags.state) } = flags;
  const issued = requireIssued('enroll', secrets);
  const records = openEnrolled(resolve(flags.state));
  const path = join(flags.state, ENROLMENT);
  if (flags.all) {
    await admit(inventory.nodes.filter(isPinnable), records);
    await writeState(path, enrolmentText(issued));
    return 0;
  }
  if (words.length > 0) {
    await admit(findNodes(inventory.nodes, words), records);
    return 0;
  }
  const notice = lostState(issued, path, readKept);
  if (notice !== null) process.stderr.write(`${notice}\n`);
  process.stdout.write(enrolmentList(inventory, (name) => records.read(name), notice === null));
  return 0;
}

/** Of a node without a disk each key is believed. */
function isPinnable({ diskless }: InventoryNode): boolean {
  return diskless !== true;
}

/** @throws {UserError} with all that is wrong */
function findNodes(nodes: readonly InventoryNode[], names: readonly string[]): InventoryNode[] {
  const found = new Map(nodes.map((node) => [node.name, node]));
  const faults = [...new Set(names)].flatMap((name) => {
    const node = found.get(name);
    if (node === undefined) return [noSuchNode(name, [...found.keys()])];
    return isPinnable(node) ? [] : [`${name} has no disk: each key of it is believed anyway`];
  });
  if (faults.length === 0) return [...new Set(names)].flatMap((name) => found.get(name) ?? []);
  const list = `nodes: ${[...found.keys()].slice(0, MAX_LISTED).join(' ')}`;
  throw new UserError(`enroll: nothing was changed:\n  ${faults.join('\n  ')}\n${list}`);
}

/** Names that the list of nodes shows. */
const MAX_LISTED = 50;

function noSuchNode(name: string, known: readonly string[]): string {
  return `no node '${name}'${didYouMean(nearest(name, known))}`;
}

/** @throws {UserError} before anything is changed, when the record of one is damaged */
async function admit(nodes: readonly InventoryNode[], records: EnrolledRecords): Promise<void> {
  for (const { name } of nodes) records.read(name);
  const admitted = new Date().toISOString();
  for (const { name } of nodes) {
    const record = await records.update(
      name,
      (before): Enrolled => ({
        ...(before ?? { version: 1, name, pinned: null }),
        admitted,
        refused: null,
      }),
    );
    process.stdout.write(admittedText(name, record));
  }
}
