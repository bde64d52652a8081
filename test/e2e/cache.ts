import { join } from 'node:path';

/** Where the e2e tests keep what takes long to make, and their logs. */
export const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e');
