// ./homepbp status: what the nodes say, from the running shim or, where none runs, from what the last
// one kept.
import { resolve } from 'node:path';
import { escaped } from '../contract/escaped.ts';
import { NODES_API, type NodeView, STAGES, type TimelineView } from '../contract/timeline.ts';
import { UserError } from '../contract/user-error.ts';
import { createBuiltReader } from '../shim/built.ts';
import { readKeptTimeline } from '../shim/state/kept-timeline.ts';
import { parseFlags } from './flags.ts';

const FLAGS = {
  url: { type: 'string' },
  dist: { type: 'string', default: 'dist' },
  state: { type: 'string', default: 'state' },
} as const;

const WAIT_MS = 3000;

/** Prints a line a node; 1 when a node is stuck, so that scripts can wait for none to be. */
export async function run(args: readonly string[]): Promise<number> {
  const { url, dist, state } = parseFlags('status', args, FLAGS);
  const built = createBuiltReader(resolve(dist));
  const port = built()?.inventory.httpPort;
  const base = url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}`);
  const answer = base === undefined ? null : await ask(base);
  if (answer === null && url !== undefined) {
    throw new UserError(
      `status: no shim answers at ${url}\n  hint: ./homepbp start, or leave --url out`,
    );
  }
  if (answer === null && built() === null) {
    throw new UserError(
      `status: ${dist} holds no built tree\n  hint: run ./homepbp build, or name it with --dist`,
    );
  }
  const view = answer ?? readKeptTimeline(state, built, Date.now());
  if (answer === null)
    process.stderr.write('note: no shim answers; this is what the last one saw\n');
  process.stdout.write(statusText(view));
  return view.nodes.some(({ stuck }) => stuck !== null) ? 1 : 0;
}

/** Null where nobody answers, or not as a shim does. */
async function ask(base: string): Promise<TimelineView | null> {
  try {
    const response = await fetch(`${base.replace(/\/$/, '')}/${NODES_API}`, {
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const view = (await response.json()) as TimelineView;
    return response.ok && view.version === 1 && Array.isArray(view.nodes) ? view : null;
  } catch {
    return null;
  }
}

/** One line a node, then the machines that nobody knows. What comes from the network is escaped. */
export function statusText({ cluster, founding, nodes, unknown, now }: TimelineView): string {
  const founder = founding.founder === undefined ? '' : ` by ${founding.founder}`;
  const head = `cluster ${cluster}: ${founding.founded ? `founded${founder}` : 'not founded yet, as far as Genesis knows'}`;
  const width = Math.max(4, ...nodes.map(({ name }) => name.length));
  const lines = nodes.map((node) => `  ${node.name.padEnd(width)}  ${nodeText(node, now)}`);
  const strangers = unknown.map(
    ({ mac, address, seen }) =>
      `  unknown machine ${mac}${address === null ? '' : ` at ${address}`}, ${ago(now - seen)}`,
  );
  return `${[head, ...lines, ...strangers].map(escaped).join('\n')}\n`;
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

function ago(ms: number): string {
  return `seen ${duration(ms)} ago`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
