// What went wrong → Vite's overlay.
import type { ErrorPayload } from 'vite';

/** Our messages begin with the place, `nodes.yaml:3:5: …`, or have it in a template's name. */
const PLACE = /^(.+?):(\d+):(\d+): /m;

/** @param error of a build, by the user or in a template */
export function overlayOf(error: Error): ErrorPayload {
  const [, file, line, column] = PLACE.exec(error.message) ?? [];
  const place = file !== undefined && { file, line: Number(line), column: Number(column) };
  return {
    type: 'error',
    err: { message: error.message, stack: '', ...(place && { loc: place }) },
  };
}
