import * as z from 'zod/mini';

/** A SHA-256 in lower-case hex. */
export const sha256Schema = z.string().check(z.regex(/^[0-9a-f]{64}$/));
