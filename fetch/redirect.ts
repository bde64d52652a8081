// Redirects of publishers: which of them are followed.
import { redirectedNowhere, redirectedToPlain } from './fetch-errors.ts';

const REDIRECTS = [301, 302, 303, 307, 308];

/** Whether a status says that the file is elsewhere. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * Where a redirect leads (RFC 9110, section 10.2.2).
 * @throws {FetchError} if that is not a web address, or leads from https to http
 */
export function redirectTarget(from: string, location: string | string[] | undefined): string {
  const text = String(location ?? '');
  if (text === '' || !URL.canParse(text, from)) throw redirectedNowhere(from, text);
  const target = new URL(text, from);
  target.hash = '';
  if (!/^https?:$/.test(target.protocol)) throw redirectedNowhere(from, text);
  if (from.startsWith('https:') && target.protocol === 'http:') {
    throw redirectedToPlain(from, target.href);
  }
  return target.href;
}
