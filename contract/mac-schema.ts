import * as z from 'zod/mini';
import { parseMac } from './mac.ts';

/** Any notation of contract/mac.ts; converted to the canonical one. */
export const macSchema = z.pipe(
  z.string(),
  z.transform((value: string, context) => {
    const found = parseMac(value);
    if (found !== null) return found;
    context.issues.push({ code: 'custom', message: 'is not a MAC address', input: value });
    return z.NEVER;
  }),
);
