// What a request asks for, and from which host: pure.
import { isIP } from 'node:net';
import { badTarget, misdirected } from './http-errors.ts';

/** A request target in absolute form (RFC 9112 section 3.2.2): its authority overrides Host. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * The relative path that a request names, percent-decoded and without its query; '' for the root.
 * @param target the request target as received
 * @param host the Host header; HTTP/1.0 may leave it out
 * @param names host names to answer to, in lower case, besides IP addresses and localhost
 * @throws {HttpFault} 400 when it cannot be decoded; 421 when the request is for another host: a
 *   foreign page may have its own name resolve to this address (DNS rebinding)
 */
export function requestedName(
  target: string,
  host: string | undefined,
  names: readonly string[],
): string {
  const absolute = ABSOLUTE.exec(target);
  const [authority, origin] =
    absolute === null ? [host, target] : [absolute[1] ?? '', absolute[2] || '/'];
  if (authority !== undefined && !isOurs(authority, names)) throw misdirected();
  if (!origin.startsWith('/')) throw badTarget();
  try {
    return decodeURIComponent(origin.slice(1).replace(/[?#].*$/s, ''));
  } catch {
    throw badTarget();
  }
}

function isOurs(authority: string, names: readonly string[]): boolean {
  const host = authority.replace(/:\d*$/, '').toLowerCase();
  const name = host.replace(/\.$/, '');
  if (host.startsWith('[')) return host.endsWith(']') && isIP(host.slice(1, -1)) === 6;
  return isIP(name) === 4 || name === 'localhost' || (name !== '' && names.includes(name));
}
