// What happens to the machines, in lines: from what Genesis sees of them. Pure.
import type { NodeView, TimelineView } from '../../contract/timeline.ts';
import { escaped } from '../../messages/escaped.ts';
import { DOING } from '../../web/model/stages.ts';

/** What was last said of each machine, by its name. */
export type Said = ReadonlyMap<string, string>;

/** Lines for what is new, and what has been said then. What comes from the network is escaped. */
export function newsOf(said: Said, { nodes }: TimelineView): { lines: string[]; said: Said } {
  const now = new Map(said);
  const lines: string[] = [];
  for (const node of nodes) {
    const text = textOf(node);
    if (text === null || said.get(node.name) === text) continue;
    now.set(node.name, text);
    lines.push(`${node.name}: ${escaped(text)}`);
  }
  return { lines, said: now };
}

/** The stage in the page's words; from the cluster on, in the machine's own. */
function textOf({ stage, stages, stuck }: NodeView): string | null {
  if (stage === null) return null;
  if (stuck !== null) return `STUCK: ${stuck.hint}`;
  const { message, error } = stages[stage] ?? {};
  if (error !== undefined) return `${DOING[stage]} failed: ${error}`;
  const isOwn = stage === 'cluster' || stage === 'ready';
  return isOwn && message !== undefined ? message.replaceAll(/\s+/g, ' ') : DOING[stage];
}

/** `4:07`, from milliseconds. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
