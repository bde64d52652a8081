// POST /api/checkin: what a machine says of its own progress, and GET /api/founding.
import { z } from 'zod';
import { parseMac } from './mac.ts';

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
const text = z.string().transform((value) => value.slice(0, 500));

/** The body, as JSON. Keys that are not known are ignored. */
export const checkinSchema = z.object({
  /** In any form of contract/mac.ts; must be the sender's own. */
  mac: z.string().transform((value, context) => {
    const mac = parseMac(value);
    if (mac !== null) return mac;
    context.addIssue({ code: 'custom', message: 'not a MAC address' });
    return z.NEVER;
  }),
  stage: z.enum(CHECKIN_STAGES),
  /** One line for people. */
  message: text.default(''),
  /** Why the machine cannot go on in this stage; null or absent where it can. */
  error: text.nullish().transform((value) => value || null),
  /** With `founded`: the epoch of the founding. Default: that of the inventory that is served. */
  epoch: z.int().positive().optional(),
});

/** A check-in that was understood; `mac` in its canonical form. */
export type Checkin = z.infer<typeof checkinSchema>;

/** GET /api/founding. */
export interface FoundingAnswer {
  readonly version: 1;
  /** Whether some node was heard to have founded a cluster in this epoch or a later one. */
  readonly founded: boolean;
  /** `cluster.founding.epoch` of the inventory that is served; with `founded` at least the founder's. */
  readonly epoch: number;
}
