// POST /api/checkin: what a machine says of its own progress, and GET /api/founding.
import * as z from 'zod/mini';
import { parseMac } from './mac.ts';
import type { Agreed } from './parse.ts';

export const CHECKIN_API = 'api/checkin';
export const FOUNDING_API = 'api/founding';

/** Bytes of a check-in's body; a longer one is refused with 413. */
export const MAX_CHECKIN_BYTES = 4096;

/**
 * `root`: the root image is being fetched, or is there; `seed`: the node's own files are; `disk`:
 * its disk; `cluster`: k3s is waited for or joined; `founded`: this node has founded the cluster;
 * `ready`: the node does its work. A stage may be told again with another message.
 */
export const CHECKIN_STAGES = ['root', 'seed', 'disk', 'cluster', 'founded', 'ready'] as const;
export type CheckinStage = (typeof CHECKIN_STAGES)[number];

/** Longer texts are cut here, not refused: half of a reason is better than none. */
const text = z.pipe(
  z.string(),
  z.transform((value: string) => value.slice(0, 500)),
);

/** In any form of contract/mac.ts; becomes the canonical one. */
const mac = z.pipe(
  z.string(),
  z.transform((value: string, context) => {
    const found = parseMac(value);
    if (found !== null) return found;
    context.issues.push({ code: 'custom', message: 'is not a MAC address', input: value });
    return z.NEVER;
  }),
);

/** The body, as JSON. Keys that are not known are ignored. */
export const checkinSchema = z.object({
  /** Must be the sender's own. */
  mac,
  stage: z.enum(CHECKIN_STAGES),
  /** One line for people. */
  message: z._default(text, ''),
  /** Why the machine cannot go on in this stage; null or absent where it can. */
  error: z.pipe(
    z.nullish(text),
    z.transform((value: string | null | undefined) => value || null),
  ),
  /** With `founded`: the epoch of the founding. Default: that of the inventory that is served. */
  epoch: z.exactOptional(z.int().check(z.positive())),
});

/** A check-in that was understood. */
export type Checkin = Agreed<typeof checkinSchema>;

/** GET /api/founding. Nodes read it in payload/join/shell/genesis.py. */
export const foundingAnswerSchema = z.object({
  version: z.literal(1),
  /** Whether some node was heard to have founded a cluster in this epoch or a later one. */
  founded: z.boolean(),
  /** `cluster.founding.epoch` of the inventory that is served; with `founded` at least the founder's. */
  epoch: z.int().check(z.positive()),
});

export type FoundingAnswer = Agreed<typeof foundingAnswerSchema>;
