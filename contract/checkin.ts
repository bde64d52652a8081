// POST /api/checkin: a machine reports its progress; GET /api/founding.
import * as z from 'zod/mini';
import { epochSchema } from './epoch.ts';
import { macSchema } from './mac-schema.ts';
import type { Agreed } from './parse.ts';

export const CHECKIN_API = 'api/checkin';
export const FOUNDING_API = 'api/founding';

/** Bytes of a check-in's body; a longer one is rejected with 413. */
export const MAX_CHECKIN_BYTES = 4096;

/**
 * `root`: fetching the root image; `seed`: the node's own files; `disk`: preparing its disk;
 * `cluster`: starting or joining k3s; `founded`: this node founded the cluster; `ready`: the node
 * does its work. A stage may be reported again with another message.
 */
export const CHECKIN_STAGES = ['root', 'seed', 'disk', 'cluster', 'founded', 'ready'] as const;
export type CheckinStage = (typeof CHECKIN_STAGES)[number];

/** Longer texts are truncated, not rejected: half a reason is better than none. */
const text = z.pipe(
  z.string(),
  z.transform((value: string) => value.slice(0, 500)),
);

/** The JSON body. Unknown keys are ignored. */
export const checkinSchema = z.object({
  /** Must be the sender's own. */
  mac: macSchema,
  stage: z.enum(CHECKIN_STAGES),
  /** One line for people. */
  message: z._default(text, ''),
  /** Why the machine cannot continue in this stage; null or absent if it can. */
  error: z.pipe(
    z.nullish(text),
    z.transform((value: string | null | undefined) => value || null),
  ),
  /** With `founded`: the epoch of the founding. Default: the served inventory's. */
  epoch: z.exactOptional(epochSchema),
});

/** A valid check-in. */
export type Checkin = Agreed<typeof checkinSchema>;

/** GET /api/founding. Nodes read it in payload/join/shell/genesis.py. */
export const foundingAnswerSchema = z.object({
  version: z.literal(1),
  /** Whether a node reported founding a cluster in this epoch or a later one. */
  founded: z.boolean(),
  /** `cluster.founding.epoch` of the served inventory; with `founded` at least the founder's. */
  epoch: epochSchema,
});

export type FoundingAnswer = Agreed<typeof foundingAnswerSchema>;
