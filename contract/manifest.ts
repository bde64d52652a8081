// dist/manifest.json: the contents of the tree, for `export`, `diff`, the page and the shim.
import * as z from 'zod/mini';
import type { Agreed } from './parse.ts';
import { BUILD_AGAIN, parseFile } from './parse-file.ts';

const entrySchema = z.object({
  /** Bytes. */
  size: z.number(),
  /** Lower-case hex; absent for files with secrets, whose hash would help to guess them. */
  sha256: z.exactOptional(z.string()),
});

export type ManifestEntry = Agreed<typeof entrySchema>;

/** Path in dist/ (sorted) → entry. The manifest does not list itself. */
export const manifestSchema = z.record(z.string(), entrySchema);

export type Manifest = Agreed<typeof manifestSchema>;

/** @throws {UserError} when it is damaged */
export function parseManifest(text: string, path: string): Manifest {
  return parseFile(manifestSchema, text, path, BUILD_AGAIN);
}
