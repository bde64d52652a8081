// The API's error responses.
import { macWithColons } from '../../contract/mac.ts';
import { HttpFault } from '../http/http-errors.ts';

export function wrongMethod(allowed: string): HttpFault {
  return new HttpFault(405, `method not allowed; use ${allowed}`, { Allow: allowed });
}

export function noSuchApi(name: string): HttpFault {
  return new HttpFault(404, `there is nothing at /${name.slice(0, 200)}`);
}

export function tooLong(maxBytes: number): HttpFault {
  const close = { Connection: 'close' };
  return new HttpFault(413, `the body may not exceed ${maxBytes} bytes`, close);
}

export function notValid(what: 'check-in' | 'enrolment', why: string): HttpFault {
  return new HttpFault(400, `not a valid ${what}: ${why.replaceAll(/\s+/g, ' ').slice(0, 200)}`);
}

export function fromBrowser(): HttpFault {
  return new HttpFault(403, 'this is for nodes, not for web pages');
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

/** @param own the epoch of nodes.yaml */
export function farBeyond(epoch: number, own: number): HttpFault {
  return new HttpFault(
    409,
    `a founding in epoch ${epoch} is not remembered: nodes.yaml has epoch ${own}; put the right one there and rebuild`,
  );
}

export function notProved(name: string): HttpFault {
  return new HttpFault(
    403,
    `the check-in of ${name} has no valid proof by a key of this cluster, so it closes no latch`,
  );
}

export function notANonce(): HttpFault {
  return new HttpFault(400, 'nonce is not 32 hex digits');
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
