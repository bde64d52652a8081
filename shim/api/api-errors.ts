// The API's error responses.
import { MAX_CHECKIN_BYTES } from '../../contract/checkin.ts';
import { macWithColons } from '../../contract/mac.ts';
import { HttpFault } from '../http/http-errors.ts';

export function wrongMethod(allowed: string): HttpFault {
  return new HttpFault(405, `method not allowed; use ${allowed}`, { Allow: allowed });
}

export function noSuchApi(name: string): HttpFault {
  return new HttpFault(404, `there is nothing at /${name.slice(0, 200)}`);
}

export function tooLong(): HttpFault {
  const close = { Connection: 'close' };
  return new HttpFault(413, `a check-in may not exceed ${MAX_CHECKIN_BYTES} bytes`, close);
}

export function notUnderstood(why: string): HttpFault {
  return new HttpFault(400, `not a valid check-in: ${why.replaceAll(/\s+/g, ' ').slice(0, 200)}`);
}

/** Browsers send the origin of a page's POST; our machines do not. */
export function fromBrowser(): HttpFault {
  return new HttpFault(403, 'check-ins come from nodes, not from web pages');
}

export function forbidden(reason: string): HttpFault {
  return new HttpFault(403, reason);
}

export function noNode(mac: string): HttpFault {
  return new HttpFault(404, `nodes.yaml has no node with the MAC address ${macWithColons(mac)}`);
}

export function noServer(name: string): HttpFault {
  return new HttpFault(
    403,
    `${name} is not a server in nodes.yaml, so it cannot have founded a cluster`,
  );
}

export function otherFounder(founder: string): HttpFault {
  return new HttpFault(409, `${founder} has already founded the cluster of this epoch`);
}

export function tooOften(): HttpFault {
  return new HttpFault(429, 'too many check-ins from this node', { 'Retry-After': '2' });
}

/** What must be stored could not be written. */
export function notRemembered(error: unknown): HttpFault {
  return new HttpFault(503, (error as Error).message, { 'Retry-After': '10' });
}

export function notBuilt(): HttpFault {
  return new HttpFault(503, 'dist/inventory.json cannot be read; run ./homepbp build');
}
