// What a screen reader announces: changes that a person would look up for, not every byte.

import { macWithColons } from '../../contract/mac.ts';
import type { FetchView, NodeView, TimelineView } from '../../contract/timeline.ts';
import { DOING } from './stages.ts';

/** Sentences about changes; none for the first timeline, which can be read on the page. */
export function announce(before: TimelineView | null, after: TimelineView | null): string[] {
  if (before === null || after === null) return [];
  const nodes = after.nodes.flatMap((node) => {
    const old = before.nodes.find(({ name }) => name === node.name);
    return old === undefined ? [] : aboutNode(old, node);
  });
  const known = new Set(before.unknown.map(({ mac }) => mac));
  const strangers = after.unknown.filter(({ mac }) => !known.has(mac));
  const founded = after.founding.founded && !before.founding.founded;
  return [
    ...nodes,
    ...strangers.map(({ mac }) => `An unknown machine appeared: ${macWithColons(mac)}.`),
    ...(founded ? ['The cluster has been founded.'] : []),
    ...aboutFetch(before.fetch, after.fetch),
  ];
}

function aboutFetch(old: FetchView | undefined, fetch: FetchView | undefined): string[] {
  if (old?.state === fetch?.state) return [];
  if (fetch === undefined)
    return old?.state === 'running' ? ['Genesis has fetched everything.'] : [];
  return [fetch.state === 'running' ? 'Genesis is fetching what is missing.' : 'The fetch failed.'];
}

function aboutNode(old: NodeView, node: NodeView): string[] {
  return [...aboutKey(old, node), ...aboutBoot(old, node)];
}

function aboutKey(old: NodeView, { name, enrolment: { refused } }: NodeView): string[] {
  if (refused === null || old.enrolment.refused !== null) return [];
  return [`Another key of ${name} was refused.`];
}

function aboutBoot(old: NodeView, node: NodeView): string[] {
  const { name, stage, stuck } = node;
  if (stage === null) return [];
  const failed = node.stages[stage]?.state === 'failed';
  if (failed && !(old.stage === stage && old.stages[stage]?.state === 'failed')) {
    return [`${name} failed ${DOING[stage]}: ${node.stages[stage]?.error ?? 'no reason given'}.`];
  }
  if (!failed && stuck !== null && old.stuck === null) return [`${name} is stuck. ${stuck.hint}`];
  if (stage === old.stage) return [];
  return [stage === 'ready' ? `${name} is ready.` : `${name} is ${DOING[stage]}.`];
}
