// Parses a file that another room wrote.
import type { z } from 'zod/mini';
import { UserError } from '../messages/user-error.ts';
import { placeOfFault, placeOfValue } from './json-place.ts';
import { Mismatch, parseJson } from './parse.ts';

/** For files that a build writes: it replaces any that differ. */
export const BUILD_AGAIN = 'run ./homepbp build, which writes it again';

/**
 * Parses the text of a JSON file.
 * @param hint how to get a valid one
 * @throws {UserError} with FILE:LINE:COL, why, and the hint
 */
export function parseFile<Schema extends z.core.$ZodType>(
  schema: Schema,
  text: string,
  path: string,
  hint: string,
): z.output<Schema> {
  try {
    return parseJson(schema, text);
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    const place = cause.path === null ? placeOfFault(text) : placeOfValue(text, cause.path);
    const at = place === null ? path : `${path}:${place.line}:${place.column}`;
    const isOther = cause.path?.length === 1 && cause.path[0] === 'version';
    const problem = isOther ? 'another version of HomePBP wrote this' : 'the file is damaged';
    throw new UserError(`${at}: ${problem}: ${cause.message}\n  hint: ${hint}`, { cause });
  }
}
