// How previews hide secrets.

/** Replaces every secret. */
export const MASK = '********';
