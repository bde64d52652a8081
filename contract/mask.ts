// How the previews hide secrets.

/** Takes the place of every secret. */
export const MASK = '********';
