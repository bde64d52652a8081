// `cluster.founding.epoch`, wherever it is stored or sent.
import * as z from 'zod/mini';

/**
 * A larger one is a mistake or an attack, and a node would remember it for ever.
 * payload/join/messages.py has the same bound.
 */
export const LARGEST_EPOCH = 2 ** 31 - 1;

export const epochSchema = z.int().check(z.positive(), z.maximum(LARGEST_EPOCH));
