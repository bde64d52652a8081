// What the card of one node says: pure, so that every state of a node is a line in a test.

import type { InventoryNode } from '../../contract/inventory.ts';
import { macWithColons } from '../../contract/mac.ts';
import { type NodeView, STAGES, type Stage, type StageView } from '../../contract/timeline.ts';
import { formatBytes } from '../../messages/bytes.ts';
import { formatAgo, formatDuration, formatProgress } from './format.ts';
import { keyOf, type Refusal, refusalOf } from './key.ts';
import { DOING } from './stages.ts';

/**
 * `plain`: no live data; `unseen`: not seen since Genesis started; `stuck`: no progress for longer than
 * usual.
 */
export type CardState = 'plain' | 'unseen' | 'booting' | 'stuck' | 'failed' | 'ready';

export interface Card {
  readonly name: string;
  readonly state: CardState;
  /** The state in words, such as `fetching the root image`. */
  readonly headline: string;
  /** Role, addresses, what it boots: in display order. */
  readonly facts: readonly string[];
  readonly macs: readonly string[];
  readonly segments: readonly Segment[];
  /** One line below the timeline; may be empty. */
  readonly detail: string;
  /** How long this boot took, or has taken so far; empty if there is none. */
  readonly took: string;
  /** What is wrong, and what to do about it. */
  readonly problem: Problem | null;
  /** The key that it enrolled with; empty if there is none. */
  readonly key: string;
  /** Another key that was refused since. */
  readonly refusal: Refusal | null;
}

export interface Problem {
  readonly what: string;
  readonly hint: string;
}

/** A stage on the timeline. */
export interface Segment {
  readonly stage: Stage;
  readonly state: StageView['state'] | 'todo' | 'stuck';
  /** 0 to 1: how much is filled; a running stage of unknown size is half filled. */
  readonly fraction: number;
  /** `done in 0.8 s`, `50 %`, `pending`. */
  readonly words: string;
  readonly took: string;
  readonly got: string;
  /** What the machine last said. */
  readonly message: string;
}

/** Of what the node boots. */
export interface MediaState {
  /** Whether the tree holds its system. */
  readonly isFetched: boolean;
  /** Whether Genesis fetches now. */
  readonly isFetching: boolean;
}

/**
 * @param view null when no shim reports on the node
 * @param now by Genesis' clock, ms
 */
export function makeCard(
  node: InventoryNode,
  view: NodeView | null,
  media: MediaState,
  now: number,
): Card {
  const state = stateOf(view);
  const segments = STAGES.map((stage) => segmentOf(stage, view, now));
  return {
    name: node.name,
    state,
    headline: headlineOf(state, view),
    facts: factsOf(node, view),
    macs: node.macs,
    segments,
    detail: detailOf(state, view, now),
    took: tookOf(view, now),
    problem: problemOf(state, view, now) ?? (state === 'ready' ? null : notFetched(node, media)),
    key: view === null ? '' : keyOf(view.enrolment),
    refusal: view === null ? null : refusalOf(node.name, view.enrolment, now),
  };
}

function stateOf(view: NodeView | null): CardState {
  if (view === null) return 'plain';
  const { stage, stages, stuck } = view;
  if (stage === null) return 'unseen';
  if (stages[stage]?.state === 'failed') return 'failed';
  if (stuck !== null) return 'stuck';
  return stage === 'ready' ? 'ready' : 'booting';
}

function headlineOf(state: CardState, view: NodeView | null): string {
  if (state === 'plain') return '';
  if (view === null || view.stage === null) return 'not seen yet';
  if (state === 'failed') return `failed ${DOING[view.stage]}`;
  return DOING[view.stage];
}

function factsOf({ role, ip, os, boot, macs }: InventoryNode, view: NodeView | null): string[] {
  const address = view?.address ?? ip?.split('/')[0] ?? 'DHCP';
  const mode = boot === 'live' ? [] : [`boot: ${boot}`];
  return [role, address, ...macs.map(macWithColons), os, ...mode];
}

function segmentOf(stage: Stage, view: NodeView | null, now: number): Segment {
  const of = view?.stages[stage];
  if (of === undefined) return { ...NOTHING, stage };
  const { started, ended, bytes, totalBytes } = of;
  const state = of.state === 'running' && view?.stuck?.stage === stage ? 'stuck' : of.state;
  const took = started === null ? '' : formatDuration((ended ?? now) - started);
  return {
    stage,
    state,
    fraction: fractionOf(of),
    words: stage === 'ready' && state === 'done' ? 'reached' : wordsOf(of, took),
    took: stage === 'ready' ? '' : took,
    got: bytes === 0 ? '' : ended === null ? formatProgress(bytes, totalBytes) : formatBytes(bytes),
    message: of.error ?? of.message ?? '',
  };
}

const NOTHING = {
  state: 'todo',
  fraction: 0,
  words: 'pending',
  took: '',
  got: '',
  message: '',
} as const;

function fractionOf({ state, bytes, totalBytes }: StageView): number {
  if (state === 'skipped') return 0;
  if (state === 'done') return 1;
  if (totalBytes === null || totalBytes === 0) return 0.5;
  // At least a little, so that the current stage is visible.
  return Math.min(1, Math.max(0.08, bytes / totalBytes));
}

function wordsOf({ state, bytes, totalBytes }: StageView, took: string): string {
  if (state === 'done') return `done in ${took}`;
  if (state === 'skipped') return 'not seen';
  const share = totalBytes ? `, ${percent(bytes, totalBytes)}` : '';
  return state === 'failed' ? `failed after ${took}${share}` : `running for ${took}${share}`;
}

function percent(bytes: number, total: number): string {
  return `${Math.min(100, Math.floor((100 * bytes) / total))} %`;
}

function detailOf(state: CardState, view: NodeView | null, now: number): string {
  if (view === null) return '';
  if (view.stage === null || view.seen === null) return 'Switch it on to boot it from the network.';
  const heard = `last seen ${formatAgo(now - view.seen)}`;
  // The reason for a failure says more than what the machine was about to do.
  if (state === 'failed') return heard;
  const of = view.stages[view.stage];
  const said = of?.message === undefined || of.message === '' ? [] : [of.message];
  if (state === 'ready') return [...said, heard].join(' · ');
  const got = of === undefined || of.bytes === 0 ? [] : [formatProgress(of.bytes, of.totalBytes)];
  return [...said, ...got, ...(state === 'booting' ? [] : [heard])].join(' · ');
}

/** From the first sign of a boot to ready, or to now, or to where it failed. */
function tookOf(view: NodeView | null, now: number): string {
  if (view === null || view.booted === null || view.stage === null) return '';
  const of = view.stages[view.stage];
  const end = view.stage === 'ready' ? of?.started : of?.ended;
  return formatDuration((end ?? now) - view.booted);
}

function problemOf(state: CardState, view: NodeView | null, now: number): Problem | null {
  if (view === null || view.stage === null) return null;
  const { stuck } = view;
  const of = view.stages[view.stage];
  if (state === 'failed') {
    return { what: of?.error ?? 'It gave no reason.', hint: stuck?.hint ?? '' };
  }
  if (state !== 'stuck' || stuck === null) return null;
  return { what: `No progress for ${formatDuration(now - stuck.since)}.`, hint: stuck.hint };
}

/** A node that is ready has its own copies. */
function notFetched({ missing, os }: InventoryNode, media: MediaState): Problem | null {
  const { isFetched, isFetching } = media;
  if (isFetched && missing === undefined) return null;
  const what = `Waits for: ${(missing ?? [`os/${os}`]).join(', ')}. Not fetched yet.`;
  const meanwhile = isFetched
    ? 'it boots, but cannot join a cluster'
    : 'it boots from its own disk';
  const next = isFetching ? 'Genesis is fetching now' : 'Run ./homepbp fetch on Genesis';
  return { what, hint: `${next}; until that is done, ${meanwhile}.` };
}
