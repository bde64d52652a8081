// dist/.build.json (paths.ts): the build's own record; never served or exported.
import * as z from 'zod/mini';
import type { Agreed } from './parse.ts';
import { BUILD_AGAIN, parseFile } from './parse-file.ts';

const buildRecordSchema = z.object({
  /** The folder that the tree's links point into, relative to the tree. */
  media: z.string(),
});

export type BuildRecord = Agreed<typeof buildRecordSchema>;

/** @throws {UserError} when it is damaged */
export function parseBuildRecord(text: string, path: string): BuildRecord {
  return parseFile(buildRecordSchema, text, path, BUILD_AGAIN);
}
