// `cluster.founding.epoch`, wherever it is written down or said.
import * as z from 'zod/mini';

/**
 * More is a mistake or an attack: what a node remembers of an epoch, it remembers for ever.
 * payload/join/messages.py has it, too.
 */
export const LARGEST_EPOCH = 2 ** 31 - 1;

export const epochSchema = z.int().check(z.positive(), z.maximum(LARGEST_EPOCH));
