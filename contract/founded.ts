// state/founded.json: the founding latch (design section 6). Written by the shim when a founder checks
// in, read by the next build as `cluster.founded`. While it exists, no node of its epoch founds.
import * as z from 'zod/mini';
import { epochSchema } from './epoch.ts';
import type { Agreed } from './parse.ts';
import { parseFile } from './parse-file.ts';

const foundedSchema = z.object({
  version: z.literal(1),
  /** `cluster.founding.epoch` of the founding; a later epoch may found again. */
  epoch: epochSchema,
  /** The founder's name. */
  node: z.string(),
  /** When it checked in, ISO 8601. */
  at: z.string(),
});

export type FoundedFile = Agreed<typeof foundedSchema>;

export const FOUNDED = 'founded.json';

/** @throws {UserError} when it is damaged: a guess could let a second cluster be founded */
export function parseFounded(text: string, path: string): FoundedFile {
  return parseFile(
    foundedSchema,
    text,
    path,
    'restore it from a backup; remove it only if no node has founded the cluster',
  );
}
