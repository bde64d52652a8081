// Where the e2e tests keep what takes long to make.
import { join } from 'node:path';

export const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e');
