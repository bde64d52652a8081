// Everything that the page shows, and how events change it.
import type { InventoryFile } from '../../contract/inventory.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { TimelineView } from '../../contract/timeline.ts';
import { type Card, makeCard } from './card.ts';
import { isFetched } from './media.ts';
import { applyEvent, type StreamEvent } from './timeline.ts';

/** `none`: the server is not the shim, so there is nothing to wait for. */
export type Connection = 'connecting' | 'live' | 'lost' | 'none';

export interface PageState {
  /** Null until they have been read. */
  readonly tree: { readonly inventory: InventoryFile; readonly manifest: Manifest } | null;
  /** Why they could not be. */
  readonly fault: string | null;
  /** Counts how often the tree was read: a new value means new previews. */
  readonly revision: number;
  readonly timeline: TimelineView | null;
  readonly connection: Connection;
  /** Genesis' clock minus ours, ms. */
  readonly clockOffset: number;
}

export const FIRST_STATE: PageState = {
  tree: null,
  fault: null,
  revision: 0,
  timeline: null,
  connection: 'connecting',
  clockOffset: 0,
};

/** @param here our own clock, ms */
export function hear(state: PageState, event: StreamEvent, here: number): PageState {
  const timeline = applyEvent(state.timeline, event);
  const clockOffset = event.name === 'timeline' ? event.data.now - here : state.clockOffset;
  return { ...state, timeline, clockOffset };
}

/** Whether an event says that the tree was rebuilt. */
export function isRebuilt({ timeline }: PageState, event: StreamEvent): boolean {
  return event.name === 'timeline' && timeline !== null && timeline.built !== event.data.built;
}

/** A card for each node, in the inventory's order. */
export function cardsOf({ tree, timeline }: PageState, now: number): Card[] {
  if (tree === null) return [];
  const { inventory, manifest } = tree;
  const views = new Map(timeline?.nodes.map((node) => [node.name, node]));
  const isFetching = timeline?.fetch?.state === 'running';
  return inventory.nodes.map((node) => {
    const media = { isFetched: isFetched(manifest, node.os), isFetching };
    return makeCard(node, views.get(node.name) ?? null, media, now);
  });
}
