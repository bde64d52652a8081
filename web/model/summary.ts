// The line at the top: how the nodes are doing.
import type { FoundingView } from '../../contract/timeline.ts';
import type { Card, CardState } from './card.ts';
import { formatAgo } from './format.ts';
import type { Connection } from './page.ts';

export interface Count {
  readonly state: CardState;
  readonly words: string;
}

const WORDS: Readonly<Record<CardState, (count: number) => string>> = {
  failed: (count) => `${count} failed`,
  stuck: (count) => `${count} stuck`,
  booting: (count) => `${count} booting`,
  ready: (count) => `${count} ready`,
  unseen: (count) => `${count} not seen yet`,
  plain: (count) => (count === 1 ? '1 node' : `${count} nodes`),
};

/** What needs attention first; states without nodes are omitted. */
export function summarize(cards: readonly Pick<Card, 'state'>[]): Count[] {
  const states = Object.keys(WORDS) as CardState[];
  return states.flatMap((state) => {
    const count = cards.filter((card) => card.state === state).length;
    return count === 0 ? [] : [{ state, words: WORDS[state](count) }];
  });
}

/** In place of cards; only a shim sees machines. */
export function noNodesWords(connection: Connection): string {
  const next =
    'Switch on a machine that boots from the network: it appears here, with its line for nodes.yaml.';
  return connection === 'none' ? 'None yet.' : `None yet. ${next}`;
}

/** Whether there is a cluster, in a few words. */
export function foundingWords({ founded, founder, at }: FoundingView, now: number): string {
  if (!founded) return 'not founded yet';
  const by = founder === undefined ? '' : ` by ${founder}`;
  return `founded${by}${at === undefined ? '' : `, ${formatAgo(now - at)}`}`;
}
