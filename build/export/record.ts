// .homepbp-export.json: the files that exports wrote into a folder. Written before the files it names,
// so that after a crash we recognize all of them as ours.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../durable/replace-file.ts';
import { recordDamaged } from './export-errors.ts';

export const EXPORT_RECORD = '.homepbp-export.json';

const doneSchema = z.strictObject({
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Of the copy, milliseconds: a changed copy is checked again. */
  mtime: z.number(),
  /** Lower-case hex; absent for files with secrets, whose hash would help to guess them. */
  sha256: z.string().optional(),
  /** stat(2) of the source: an unchanged one is not hashed again. */
  source: z.string(),
});

/** Others may be able to write the record, and files that it names get removed. */
const path = z
  .string()
  .refine((text) => text.split('/').every((step) => step !== '' && step !== '.' && step !== '..'));

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** Path → the copy; null while it is planned. */
  files: z.record(path, doneSchema.nullable()),
});

export type Done = z.infer<typeof doneSchema>;
export type Files = Map<string, Done | null>;

/**
 * Reads the record of a folder; null when nothing was ever exported there.
 * @throws {UserError} when it is damaged
 */
export async function readRecord(dir: string): Promise<Files | null> {
  const path = join(dir, EXPORT_RECORD);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return new Map(Object.entries(recordSchema.parse(JSON.parse(text)).files));
  } catch (cause) {
    throw recordDamaged(path, cause);
  }
}

export async function writeRecord(dir: string, files: Files): Promise<void> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const record = { version: 1, files: Object.fromEntries(sorted) };
  await replaceFile(join(dir, EXPORT_RECORD), `${JSON.stringify(record)}\n`);
}
