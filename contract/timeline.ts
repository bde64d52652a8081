// What the shim saw of each machine: the JSON of GET /api/nodes, and the events of GET /api/events.
// No secrets. Names, messages and addresses in it come from the network: text, never markup.
import * as z from 'zod/mini';
import { archSchema, bootModeSchema, canonicalMacSchema, roleSchema } from './inventory.ts';
import type { Agreed } from './parse.ts';

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
const time = z.number();

/** A stage that a machine has reached in its present boot. */
const stageViewSchema = z.object({
  /** `skipped`: a later one began, and this one was never seen. */
  state: z.enum(['running', 'done', 'failed', 'skipped']),
  /** Null where it was skipped. */
  started: z.nullable(time),
  /** Null while it runs. */
  ended: z.nullable(time),
  /** Sent to the machine in this stage so far. */
  bytes: z.number(),
  /** What it is to get in this stage, as far as is known; null when nothing is. */
  totalBytes: z.nullable(z.number()),
  /** What the machine last said of it. */
  message: z.exactOptional(z.string()),
  /** Why it failed. */
  error: z.exactOptional(z.string()),
});

export type StageView = Agreed<typeof stageViewSchema>;

/** Nothing has happened for longer than usual. The seconds are `TimelineView.now` (or now) − `since`. */
const stuckSchema = z.object({
  stage: z.enum(STAGES),
  since: time,
  /** What to look at, one sentence for people. */
  hint: z.string(),
});

export type Stuck = Agreed<typeof stuckSchema>;

/** A node of the inventory, whether it was seen or not. */
const nodeViewSchema = z.object({
  /** Unique; what later events replace it by. */
  name: z.string(),
  /** The first one first. */
  macs: z.array(canonicalMacSchema),
  role: roleSchema,
  arch: archSchema,
  boot: bootModeSchema,
  /** The address that it last asked from; null until then. */
  address: z.nullable(z.string()),
  /** When its present boot began, and its last sign of life; null until it was seen. */
  booted: z.nullable(time),
  seen: z.nullable(time),
  /** The last stage that it has reached; null until it was seen. */
  stage: z.nullable(z.enum(STAGES)),
  /** Those that it has reached; the others are still to come. */
  stages: z.partialRecord(z.enum(STAGES), stageViewSchema),
  stuck: z.nullable(stuckSchema),
});

export type NodeView = Agreed<typeof nodeViewSchema>;

/** A machine that nodes.yaml does not have. */
const unknownMachineSchema = z.object({
  /** Unique. */
  mac: canonicalMacSchema,
  address: z.nullable(z.string()),
  /** What its firmware said it is; null when it did not say. */
  arch: z.nullable(archSchema),
  firmware: z.nullable(z.enum(['bios', 'uefi'])),
  firstSeen: time,
  seen: time,
  /** What it last asked for: a file, or `a boot file (DHCP)`. */
  asked: z.string(),
});

export type UnknownMachine = Agreed<typeof unknownMachineSchema>;

/** Whether the cluster was founded, as far as Genesis was told. */
const foundingViewSchema = z.object({
  founded: z.boolean(),
  /** The founder and when it said so; absent where Genesis was not there. */
  founder: z.exactOptional(z.string()),
  at: z.exactOptional(time),
});

export type FoundingView = Agreed<typeof foundingViewSchema>;

/** GET /api/nodes, and the first event of GET /api/events. Keys that are not known are ignored. */
export const timelineSchema = z.object({
  version: z.literal(1),
  now: time,
  /** When dist/ was built last; another one than before means new previews, names and media. */
  built: z.nullable(time),
  cluster: z.string(),
  founding: foundingViewSchema,
  /** In the inventory's order. */
  nodes: z.array(nodeViewSchema),
  /** The one seen last first. */
  unknown: z.array(unknownMachineSchema),
});

export type TimelineView = Agreed<typeof timelineSchema>;

/**
 * Server-sent events: `event:` is the key, `data:` the JSON of the value. `timeline` comes first and
 * again whenever everything may be different (a build); each of the others replaces its part of it.
 * Comments (`: …`) come every 15 s where nothing else does. A client that was cut off just connects
 * again.
 */
export const EVENT_SCHEMAS = {
  timeline: timelineSchema,
  node: nodeViewSchema,
  unknown: unknownMachineSchema,
  /** It became a node, or had to make room. */
  'unknown-gone': z.object({ mac: canonicalMacSchema }),
  founding: foundingViewSchema,
};

export type TimelineEvents = {
  readonly [Name in keyof typeof EVENT_SCHEMAS]: Agreed<(typeof EVENT_SCHEMAS)[Name]>;
};

export const NODES_API = 'api/nodes';
export const EVENTS_API = 'api/events';
