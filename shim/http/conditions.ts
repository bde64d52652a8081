// Conditional requests (RFC 9110 section 13): pure.
import type { IncomingHttpHeaders } from 'node:http';

/** What identifies one version of a file. */
export interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string;
  /** Whole seconds, as an HTTP date carries them; in milliseconds since 1970. */
  readonly lastModified: number;
}

/** The validators of a file; its time in fractional milliseconds, as from `stat`. */
export function validatorsOf(size: number, mtimeMs: number): Validators {
  const etag = `"${size.toString(36)}-${Math.floor(mtimeMs * 1000).toString(36)}"`;
  return { etag, lastModified: Math.floor(mtimeMs / 1000) * 1000 };
}

/** How to continue a GET or HEAD, evaluated in the order of section 13.2.2. */
export function checkConditions(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): 'send' | 'not-modified' | 'precondition-failed' {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, etag, 'strong')) return 'precondition-failed';
  } else if (lastModified > dateOf(headers['if-unmodified-since'], lastModified)) {
    return 'precondition-failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return lists(ifNoneMatch, etag, 'weak') ? 'not-modified' : 'send';
  const since = dateOf(headers['if-modified-since'], Number.NEGATIVE_INFINITY);
  return lastModified <= since ? 'not-modified' : 'send';
}

/**
 * Whether a Range header applies (section 13.1.5): If-Range must name this version of the file, by
 * its strong tag or its exact date.
 */
export function rangeCounts(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  const ifRange = headers['if-range'];
  if (typeof ifRange !== 'string') return true;
  return ifRange.includes('"') ? ifRange === etag : Date.parse(ifRange) === lastModified;
}

/** Whether a list of entity tags contains `etag`; weak ones match only in weak comparison. */
function lists(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}

/** A date header's time; `otherwise` if it is missing or invalid. */
function dateOf(header: string | undefined, otherwise: number): number {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? otherwise : time;
}
