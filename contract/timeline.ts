// What the shim saw of each machine: the JSON of GET /api/nodes, and the events of GET /api/events.
// No secrets. Names, messages and addresses in it come from the network: text, never markup.
import type { Arch, BootMode, Role } from './inventory.ts';

/** From power-on to a node that does its work, in this order. */
export const STAGES = [
  'firmware',
  'ipxe',
  'script',
  'kernel',
  'initrd',
  'root',
  'seed',
  'disk',
  'cluster',
  'ready',
] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds since 1970, by Genesis' clock. */
export type Time = number;

/** A stage that a machine has reached in its present boot. */
export interface StageView {
  /** `skipped`: a later one began, and this one was never seen. */
  readonly state: 'running' | 'done' | 'failed' | 'skipped';
  /** Null where it was skipped. */
  readonly started: Time | null;
  /** Null while it runs. */
  readonly ended: Time | null;
  /** Sent to the machine in this stage so far. */
  readonly bytes: number;
  /** What it is to get in this stage, as far as is known; null when nothing is. */
  readonly totalBytes: number | null;
  /** What the machine last said of it. */
  readonly message?: string;
  /** Why it failed. */
  readonly error?: string;
}

/** Nothing has happened for longer than usual. The seconds are `TimelineView.now` (or now) − `since`. */
export interface Stuck {
  readonly stage: Stage;
  readonly since: Time;
  /** What to look at, one sentence for people. */
  readonly hint: string;
}

/** A node of the inventory, whether it was seen or not. */
export interface NodeView {
  /** Unique; what later events replace it by. */
  readonly name: string;
  /** Canonical (contract/mac.ts), the first one first. */
  readonly macs: readonly string[];
  readonly role: Role;
  readonly arch: Arch;
  readonly boot: BootMode;
  /** The address that it last asked from; null until then. */
  readonly address: string | null;
  /** When its present boot began, and its last sign of life; null until it was seen. */
  readonly booted: Time | null;
  readonly seen: Time | null;
  /** The last stage that it has reached; null until it was seen. */
  readonly stage: Stage | null;
  /** Those that it has reached; the others are still to come. */
  readonly stages: Readonly<Partial<Record<Stage, StageView>>>;
  readonly stuck: Stuck | null;
}

/** A machine that nodes.yaml does not have. */
export interface UnknownMachine {
  /** Canonical; unique. */
  readonly mac: string;
  readonly address: string | null;
  /** What its firmware said it is; null when it did not say. */
  readonly arch: Arch | null;
  readonly firmware: 'bios' | 'uefi' | null;
  readonly firstSeen: Time;
  readonly seen: Time;
  /** What it last asked for: a file, or `a boot file (DHCP)`. */
  readonly asked: string;
}

/** Whether the cluster was founded, as far as Genesis was told. */
export interface FoundingView {
  readonly founded: boolean;
  /** The founder and when it said so; absent where Genesis was not there. */
  readonly founder?: string;
  readonly at?: Time;
}

/** GET /api/nodes, and the first event of GET /api/events. */
export interface TimelineView {
  readonly version: 1;
  readonly now: Time;
  /** When dist/ was built last; another one than before means new previews, names and media. */
  readonly built: Time | null;
  readonly cluster: string;
  readonly founding: FoundingView;
  /** In the inventory's order. */
  readonly nodes: readonly NodeView[];
  /** The one seen last first. */
  readonly unknown: readonly UnknownMachine[];
}

/**
 * Server-sent events: `event:` is the key, `data:` the JSON of the value. `timeline` comes first and
 * again whenever everything may be different (a build); each of the others replaces its part of it.
 * Comments (`: …`) come every 15 s where nothing else does. A client that was cut off just connects
 * again.
 */
export interface TimelineEvents {
  readonly timeline: TimelineView;
  readonly node: NodeView;
  readonly unknown: UnknownMachine;
  /** It became a node, or had to make room. */
  readonly 'unknown-gone': Pick<UnknownMachine, 'mac'>;
  readonly founding: FoundingView;
}

export const NODES_API = 'api/nodes';
export const EVENTS_API = 'api/events';
