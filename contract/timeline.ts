// What the shim saw of each machine: the JSON of GET /api/nodes and the events of GET /api/events. No
// secrets. Names, messages and addresses come from the network: treat as text, never as markup.
import * as z from 'zod/mini';
import { archSchema, bootModeSchema, canonicalMacSchema, roleSchema } from './inventory.ts';
import type { Agreed } from './parse.ts';

/** From power-on to a working node, in this order. */
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

/** Milliseconds since 1970 by Genesis' clock. */
const time = z.number();

/** A stage that a machine has reached in its current boot. */
const stageViewSchema = z.object({
  /** `skipped`: a later one began without this one being seen. */
  state: z.enum(['running', 'done', 'failed', 'skipped']),
  /** Null if skipped. */
  started: z.nullable(time),
  /** Null while running. */
  ended: z.nullable(time),
  /** Sent to the machine in this stage so far. */
  bytes: z.number(),
  /** The expected total in this stage, as far as known; null if unknown. */
  totalBytes: z.nullable(z.number()),
  /** The machine's last message about it. */
  message: z.exactOptional(z.string()),
  /** Why it failed. */
  error: z.exactOptional(z.string()),
});

export type StageView = Agreed<typeof stageViewSchema>;

/** Nothing has happened for longer than usual: `TimelineView.now` (or now) − `since` seconds. */
const stuckSchema = z.object({
  stage: z.enum(STAGES),
  since: time,
  /** What to check, one sentence for people. */
  hint: z.string(),
});

export type Stuck = Agreed<typeof stuckSchema>;

/**
 * A node's key, as Genesis remembers it. Both null: none was shown yet. `refused`: another key than the
 * pinned one was, since.
 */
const enrolmentViewSchema = z.object({
  pinned: z.nullable(
    z.object({ since: time, address: z.nullable(z.string()), fingerprint: z.string() }),
  ),
  refused: z.nullable(z.object({ at: time, address: z.nullable(z.string()) })),
});

export type EnrolmentView = Agreed<typeof enrolmentViewSchema>;

/** A node of the inventory, seen or not. */
const nodeViewSchema = z.object({
  /** Unique; later events replace the node of this name. */
  name: z.string(),
  /** The first one first. */
  macs: z.array(canonicalMacSchema),
  role: roleSchema,
  arch: archSchema,
  boot: bootModeSchema,
  /** The address of its last request; null until then. */
  address: z.nullable(z.string()),
  /** When its current boot began, and its last sign of life; null until seen. */
  booted: z.nullable(time),
  seen: z.nullable(time),
  /** The last stage reached; null until seen. */
  stage: z.nullable(z.enum(STAGES)),
  /** The stages reached so far. */
  stages: z.partialRecord(z.enum(STAGES), stageViewSchema),
  stuck: z.nullable(stuckSchema),
  enrolment: enrolmentViewSchema,
  /** As in inventory.json. */
  missing: z.exactOptional(z.array(z.string())),
});

export type NodeView = Agreed<typeof nodeViewSchema>;

/** A machine that is not in nodes.yaml. */
const unknownMachineSchema = z.object({
  /** Unique. */
  mac: canonicalMacSchema,
  address: z.nullable(z.string()),
  /** As reported by its firmware; null if it did not. */
  arch: z.nullable(archSchema),
  firmware: z.nullable(z.enum(['bios', 'uefi'])),
  firstSeen: time,
  seen: time,
  /** Its last request: a file, or `a boot file (DHCP)`. */
  asked: z.string(),
});

export type UnknownMachine = Agreed<typeof unknownMachineSchema>;

/** Whether the cluster was founded, as far as Genesis knows. */
const foundingViewSchema = z.object({
  founded: z.boolean(),
  /** The founder and when it reported; absent if Genesis missed it. */
  founder: z.exactOptional(z.string()),
  at: z.exactOptional(time),
});

export type FoundingView = Agreed<typeof foundingViewSchema>;

/** The longest text that says what a fetch does, or why it failed. */
export const MAX_FETCH_TEXT = 500;
// Not z.maxLength: 200 bytes more in the page.
const fetchText = z.string().check(z.refine(({ length }) => length <= MAX_FETCH_TEXT));

/** What Genesis downloads for the nodes while it serves; `failed` stays until Genesis is started again. */
const fetchViewSchema = z.object({
  state: z.enum(['running', 'failed']),
  bytes: z.number(),
  /** Null until it is known what is to be fetched. */
  totalBytes: z.nullable(z.number()),
  bytesPerSecond: z.number(),
  /** The files that are being downloaded. */
  doing: z.exactOptional(fetchText),
  /** Why it failed. */
  error: z.exactOptional(fetchText),
});

export type FetchView = Agreed<typeof fetchViewSchema>;

/** GET /api/nodes, and the first event of GET /api/events. Unknown keys are ignored. */
export const timelineSchema = z.object({
  version: z.literal(1),
  now: time,
  /** When dist/ was last built; a change means new previews, names and media. */
  built: z.nullable(time),
  cluster: z.string(),
  founding: foundingViewSchema,
  /** In inventory order. */
  nodes: z.array(nodeViewSchema),
  /** Most recently seen first. */
  unknown: z.array(unknownMachineSchema),
  /** Absent while nothing is fetched. */
  fetch: z.exactOptional(fetchViewSchema),
});

export type TimelineView = Agreed<typeof timelineSchema>;

/**
 * Server-sent events: `event:` is the key, `data:` the JSON value. `timeline` comes first, and again
 * when everything may have changed (a build); the others each replace their part of it. Comments
 * (`: …`) come every 15 s without other events. A disconnected client simply reconnects.
 */
export const EVENT_SCHEMAS = {
  timeline: timelineSchema,
  node: nodeViewSchema,
  unknown: unknownMachineSchema,
  /** It became a node, or was evicted. */
  'unknown-gone': z.object({ mac: canonicalMacSchema }),
  founding: foundingViewSchema,
  /** Null once everything has been fetched. */
  fetch: z.nullable(fetchViewSchema),
};

export type TimelineEvents = {
  readonly [Name in keyof typeof EVENT_SCHEMAS]: Agreed<(typeof EVENT_SCHEMAS)[Name]>;
};

export const NODES_API = 'api/nodes';
export const EVENTS_API = 'api/events';
