// ./homepbp status: how far each node is.

import { join, resolve } from 'node:path';
import { readIssued } from '../build/issued.ts';
import { readKept } from '../build/read-text.ts';
import type { InventoryNode } from '../contract/inventory.ts';
import { ISSUED, type Issued } from '../contract/issued.ts';
import type { Rotation, Status } from '../contract/status.ts';
import { type FetchView, type NodeView, STAGES, type TimelineView } from '../contract/timeline.ts';
import { formatBytes } from '../messages/bytes.ts';
import { enrollCommand, enrolledWithAnother } from '../messages/enrolment.ts';
import { escaped } from '../messages/escaped.ts';
import { openEnrolled } from '../shim/state/enrolled.ts';
import { type Paint, paintFor, plain } from './colour.ts';
import { parseFlags } from './flags.ts';
import { secretsBeside } from './project-folders.ts';
import { rotationLines, rotationOf } from './rotation-words.ts';
import { readSeen, SEEN_FLAGS } from './seen.ts';

const FLAGS = {
  ...SEEN_FLAGS,
  json: { type: 'boolean', default: false, about: 'prints JSON, for programs' },
} as const;

/** Prints one line per node; 1 while a node is stuck or its key was refused, for scripts. */
export async function run(args: readonly string[]): Promise<number> {
  const { json, ...flags } = parseFlags('status', args, FLAGS);
  const { view, built, live } = await readSeen('status', flags);
  if (!live) process.stderr.write('note: no shim answers; showing what the last one saw\n');
  const rotation = built === null ? null : rotationUnderWay(built.inventory.nodes, flags.state);
  const status: Status = { ...view, live, rotation };
  process.stdout.write(
    json ? jsonText(status) : statusText(view, paintFor(process.stdout)) + rotationText(rotation),
  );
  const needsSomebody = ({ stuck, enrolment }: NodeView) =>
    stuck !== null || enrolment.refused !== null;
  return view.nodes.some(needsSomebody) ? 1 : 0;
}

/** Null if none is under way, or for somebody who may not read secrets/. */
function rotationUnderWay(nodes: readonly InventoryNode[], state: string): Rotation | null {
  const issued = setsBeside(state);
  if (issued === null || issued.sets.length < 2) return null;
  const records = openEnrolled(resolve(state));
  return rotationOf(issued, nodes, (name) => records.read(name));
}

function rotationText(rotation: Rotation | null): string {
  return rotation === null ? '' : `${rotationLines(rotation).map(escaped).join('\n')}\n`;
}

/** What came from the network cannot control a terminal here either. */
function jsonText(status: Status): string {
  return `${escaped(JSON.stringify(status, null, 2))}\n`;
}

function setsBeside(state: string): Issued | null {
  try {
    return readIssued(join(secretsBeside(state), ISSUED), readKept);
  } catch {
    return null;
  }
}

/** One line per node, then the unknown machines. What comes from the network is escaped. */
export function statusText(
  { cluster, founding, nodes, unknown, now, fetch }: TimelineView,
  paint: Paint = plain,
): string {
  const founder = founding.founder === undefined ? '' : ` by ${founding.founder}`;
  const head = `cluster ${cluster}: ${founding.founded ? `founded${founder}` : 'not founded yet, as far as Genesis knows'}`;
  const width = Math.max(4, ...nodes.map(({ name }) => name.length));
  const lines = nodes.flatMap((node) => [
    `  ${node.name.padEnd(width)}  ${nodeText(node, now)}`,
    ...missingText(node),
    ...keyText(node, now),
  ]);
  const strangers = unknown.map(
    ({ mac, address, seen }) =>
      `  unknown machine ${mac}${address === null ? '' : ` at ${address}`}, ${ago(now - seen)}`,
  );
  const all = [head, ...fetchText(fetch), ...lines, ...strangers];
  const text = `${all.map(escaped).join('\n')}\n`;
  return text.replaceAll(/(?<=^ {6})(STUCK|KEY REFUSED)/gm, (word) => paint('red', word));
}

/** A line about what Genesis downloads, or could not. */
function fetchText(fetch: FetchView | undefined): string[] {
  if (fetch === undefined) return [];
  const { state, bytes, totalBytes, error = '' } = fetch;
  if (state === 'failed')
    return [`  not fetched: ${error.replaceAll(/\s+/g, ' ')}; run ./homepbp fetch`];
  const all = totalBytes === null ? '' : ` of ${formatBytes(totalBytes)}`;
  return [`  Genesis is fetching what is missing: ${formatBytes(bytes)}${all}`];
}

function nodeText({ stage, stages, stuck, seen }: NodeView, now: number): string {
  if (stage === null || seen === null) return 'not seen yet';
  const at = stuck?.stage ?? stage;
  const { message, error } = stages[at] ?? {};
  const words = (error ?? message)?.replaceAll(/\s+/g, ' ');
  const progress = `${at.padEnd(8)} ${STAGES.indexOf(at) + 1}/${STAGES.length}  ${ago(now - seen)}`;
  const said = words ? `  ${words}` : '';
  if (stuck === null) return progress + said;
  return `${progress}${said}\n${' '.repeat(6)}STUCK for ${duration(now - stuck.since)}: ${stuck.hint}`;
}

/** A line about what was not fetched; none if everything is there, or the node has its own copies. */
function missingText({ missing, stage }: NodeView): string[] {
  if (missing === undefined || stage === 'ready') return [];
  return [`      waits for: ${missing.join(', ')}: not fetched; run ./homepbp fetch`];
}

/** A line about a key that was refused; none if none was. */
function keyText({ name, enrolment: { pinned, refused } }: NodeView, now: number): string[] {
  if (pinned === null || refused === null) return [];
  const where = refused.address === null ? '' : ` at ${refused.address}`;
  return [
    `      KEY REFUSED: ${enrolledWithAnother(pinned.since, pinned.address)}; another key was shown${where}, ` +
      `${duration(now - refused.at)} ago: if that is its new disk, run ${enrollCommand(name)}`,
  ];
}

function ago(ms: number): string {
  return `seen ${duration(ms)} ago`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
