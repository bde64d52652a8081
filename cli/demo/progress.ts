// What happens to the machines, in lines: from what Genesis sees of them. Pure.
import type { NodeView, TimelineView } from '../../contract/timeline.ts';
import { escaped } from '../../messages/escaped.ts';
import { DOING } from '../../web/model/stages.ts';

/** What was last said of each machine: by its name, and by its name with a stage. */
export type Said = ReadonlyMap<string, string>;

/** Whose check-ins are told in the machine's own words, in the order in which they come. */
const OWN_WORDS = ['disk', 'seed', 'cluster', 'ready'] as const;

/** Lines for what is new, and what has been said then. What comes from the network is escaped. */
export function newsOf(said: Said, { nodes }: TimelineView): { lines: string[]; said: Said } {
  const now = new Map<string, string>();
  const lines: string[] = [];
  for (const node of nodes) {
    for (const [key, text] of textsOf(node)) {
      now.set(key, text);
      // The join agent's sentences begin with its name, as several nodes' stand in one log.
      const words = text.startsWith(`${node.name}: `) ? text : `${node.name}: ${text}`;
      if (said.get(key) !== text) lines.push(escaped(words));
    }
  }
  return { lines, said: now };
}

/** Its own words, then the stage in the page's words where it has none for that, or cannot go on. */
function textsOf({ name, stage, stages, stuck }: NodeView): (readonly [string, string])[] {
  if (stage === null) return [];
  // A check-in may be about an earlier stage: the system starts after the disk was prepared.
  const own = OWN_WORDS.flatMap((one) => {
    const message = stages[one]?.message;
    return message === undefined
      ? []
      : [[`${name} ${one}`, message.replaceAll(/\s+/g, ' ')] as const];
  });
  const error = stages[stage]?.error;
  const isSaid = own.some(([key]) => key === `${name} ${stage}`);
  if (stuck !== null) return [...own, [name, `STUCK: ${stuck.hint}`]];
  if (error !== undefined) return [...own, [name, `${DOING[stage]} failed: ${error}`]];
  return isSaid ? own : [...own, [name, DOING[stage]]];
}

/** `4:07`, from milliseconds. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
