// An error → Vite's overlay.
import type { ErrorPayload } from 'vite';

/** Our messages begin with the place, `nodes.yaml:3:5: …`, or a template's name with one. */
const PLACE = /^(.+?):(\d+):(\d+): /m;

/** @param error from a build: the user's or a template's */
export function overlayOf(error: Error): ErrorPayload {
  const [, file, line, column] = PLACE.exec(error.message) ?? [];
  const place = file !== undefined && { file, line: Number(line), column: Number(column) };
  return {
    type: 'error',
    err: { message: error.message, stack: '', ...(place && { loc: place }) },
  };
}
