// POST /api/checkin: a machine reports its progress; GET /api/founding.
import * as z from 'zod/mini';
import { nonceSchema } from './enrolment.ts';
import { epochSchema } from './epoch.ts';
import { macSchema } from './mac-schema.ts';
import type { Agreed } from './parse.ts';
import { sha256Schema } from './sha256.ts';

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
  /** Of a FoundingAnswer: of this run of the shim, not older than five minutes, and answered once. */
  challenge: z.exactOptional(nonceSchema),
  /**
   * proof(the node's peer key, 'check-in', challenge, MAC address with hyphens, stage, epoch or '', message).
   * A check-in without a right one is shown, but never acted upon or kept; `founded` is rejected.
   */
  proof: z.exactOptional(sha256Schema),
});

/** A valid check-in. */
export type Checkin = Agreed<typeof checkinSchema>;

/** GET /api/founding, or with ?nonce= and 32 hex digits. Nodes read it in payload/join/shell/genesis.py. */
export const foundingAnswerSchema = z.object({
  version: z.literal(1),
  /** Whether a node reported founding a cluster in this epoch or a later one. */
  founded: z.boolean(),
  /** `cluster.founding.epoch` of the served inventory; with `founded` at least the founder's. */
  epoch: epochSchema,
  /** The rest only in answer to a nonce: that nonce. */
  nonce: z.exactOptional(nonceSchema),
  /**
   * proof(peer key of the servers, 'latch', nonce, `founded` or `open`, epoch), for each set of secrets that Genesis
   * keeps, the newest first.
   */
  proofs: z.exactOptional(z.array(sha256Schema)),
  /** What a check-in must answer. */
  challenge: z.exactOptional(nonceSchema),
});

export type FoundingAnswer = Agreed<typeof foundingAnswerSchema>;
