// `cluster.founding.epoch`, wherever it is written or said. Nodes read it in payload/join with the same bounds.
import * as z from 'zod/mini';

/** The largest epoch: any language's whole number holds it, and one more. */
export const MAX_EPOCH = 2 ** 31 - 1;

export const epochSchema = z.int().check(z.positive(), z.lte(MAX_EPOCH));
