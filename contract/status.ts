// What `./homepbp status --json` prints, for scripts. Keys may be added; those that are here stay.
import * as z from 'zod/mini';
import type { Agreed } from './parse.ts';
import { timelineSchema } from './timeline.ts';

/** Names of nodes, by the set of secrets that they work with. */
const rotationSchema = z.object({
  /** The newest one. */
  done: z.array(z.string()),
  /** Another one, or it is not known. */
  waiting: z.array(z.string()),
  /** Without a disk: nothing is kept of them. */
  unknown: z.array(z.string()),
});

/** GET /api/nodes, and what is known beside it. */
export const statusSchema = z.extend(timelineSchema, {
  /** Whether a running shim said it; otherwise it is what the last one saved. */
  live: z.boolean(),
  /** Null if none is under way, or for somebody who may not read secrets/. */
  rotation: z.nullable(rotationSchema),
});

export type Status = Agreed<typeof statusSchema>;
export type Rotation = Agreed<typeof rotationSchema>;
