import { isIPv6 } from 'node:net';

/** A host as URLs and `HOST:PORT` have it: an IPv6 address is in brackets. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
