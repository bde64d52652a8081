import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { stateDamaged } from './errors.ts';

/**
 * A JSON file of the state folder; null where there is none.
 * @throws {UserError} when it is there and is not what we write, or cannot be read
 */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw stateDamaged(path, error);
  }
}
