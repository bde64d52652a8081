// HTTP error responses. Each body is one plain line: people read it on a node's console, or in the
// output of curl.
import type { OutgoingHttpHeaders } from 'node:http';

/** An error response. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function badTarget(): HttpFault {
  return new HttpFault(400, 'the request path cannot be decoded');
}

export function forbidden(reason: string): HttpFault {
  return new HttpFault(403, reason);
}

export function notFound(name: string): HttpFault {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return new HttpFault(404, `no such file: ${shown}; if it should exist, run ./homepbp build`);
}

export function wrongMethod(): HttpFault {
  return new HttpFault(405, 'files are read-only; use GET or HEAD', { Allow: 'GET, HEAD' });
}

export function preconditionFailed(): HttpFault {
  return new HttpFault(412, 'the file has changed since');
}

/** @param size of the file, in bytes */
export function rangeNotSatisfiable(size: number): HttpFault {
  return new HttpFault(416, `the file has ${size} bytes, none of them in the requested range`, {
    'Content-Range': `bytes */${size}`,
  });
}

export function misdirected(): HttpFault {
  const fix = 'use its IP address, or start it with --host NAME';
  return new HttpFault(421, `this server does not answer to the name in the Host header; ${fix}`);
}

/** A problem on this machine: the file exists, but cannot be read. */
export function unreadable({ code }: NodeJS.ErrnoException): HttpFault {
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new HttpFault(503, 'too many open files; try again', { 'Retry-After': '2' });
  }
  const why = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : `error ${code}`;
  return new HttpFault(500, `the file exists, but HomePBP cannot read it: ${why}`);
}
