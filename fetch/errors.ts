// Every message of fetch/: what failed, at which URL or file, and what to do next.
import { STATUS_CODES } from 'node:http';
import { UserError } from '../contract/user-error.ts';
import { formatBytes } from './bytes.ts';

export interface FaultTraits {
  /** Whether the same request may well succeed a moment later. */
  readonly retry?: boolean;
  /** Milliseconds that the server asked to be left alone for (RFC 9110, section 10.2.3). */
  readonly retryAfter?: number;
  /** The HTTP status, when there was an answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A fault of the network, of a publisher or of what came from there. */
export class FetchError extends UserError {
  override readonly name = 'FetchError';
  readonly retry: boolean;
  readonly retryAfter: number;
  /** Null when there was no answer. */
  readonly status: number | null;

  constructor(message: string, { retry, retryAfter, status, cause }: FaultTraits = {}) {
    super(message, { cause });
    this.retry = retry ?? false;
    this.retryAfter = retryAfter ?? 0;
    this.status = status ?? null;
  }
}

function hinted(what: string, hint: string, traits?: FaultTraits): FetchError {
  return new FetchError(`${what}\n  hint: ${hint}`, traits);
}

export function badUrl(url: string): FetchError {
  return hinted(`'${url}' is no http or https URL`, 'correct it where it is written');
}

/** Statuses that say 'not now' rather than 'no'. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** The server answered, but with something else than the file. */
export function refused(url: string, status: number, retryAfter: number): FetchError {
  const phrase = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const traits = { status, retryAfter, retry: PASSING.includes(status) };
  return hinted(`${url}: the server answers ${phrase}`, statusHint(status), traits);
}

function statusHint(status: number): string {
  if (status === 404 || status === 410)
    return 'the publisher no longer has it there: run ./homepbp fetch --update, or set a mirror that has it';
  if (status === 407)
    return 'put the user and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT';
  if (status === 401 || status === 403)
    return 'the server wants a login, or a proxy forbids it: open the URL in a browser';
  if (status === 429)
    return 'too many requests from this network: wait some minutes, then run it again';
  if (status >= 500) return 'the fault is on the server: wait some minutes, then run it again';
  return 'open the URL in a browser to see what is there';
}

/** The request did not get as far as an answer, or the answer broke off. */
export function unreachable(url: string, cause: unknown): FetchError {
  const { what, hint, retry } = explain(cause);
  return hinted(`${url}: ${what}`, hint, { cause, retry });
}

const OFFLINE = 'check the network (and HTTPS_PROXY, where a proxy is needed), then run it again';

function explain(cause: unknown): { what: string; hint: string; retry: boolean } {
  const { code, message } = rootOf(cause);
  if (isTlsFault(code))
    return {
      what: `its TLS certificate is not trusted (${code})`,
      hint: "check this computer's clock; a private CA is named by NODE_EXTRA_CA_CERTS=FILE",
      retry: false,
    };
  if (/^Proxy response \((\d+)\)/.test(message))
    return {
      what: `the proxy refuses: ${message}`,
      hint: 'check HTTPS_PROXY, its user and its password',
      retry: false,
    };
  return {
    what: TRANSPORT[code] ?? `the connection failed (${code || message})`,
    hint: OFFLINE,
    retry: code !== 'ENOTFOUND',
  };
}

const TRANSPORT: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no server of that name',
  EAI_AGAIN: 'names cannot be resolved at the moment',
  ECONNREFUSED: 'the server refuses the connection',
  ECONNRESET: 'the connection broke off',
  EHOSTUNREACH: 'there is no way to the server',
  ENETUNREACH: 'there is no way to the server',
  UND_ERR_SOCKET: 'the connection broke off',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server takes the request and does not answer',
  UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body ends before its announced length',
};

function isTlsFault(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_OSSL)/.test(code);
}

/** The innermost of the causes that has a code; several addresses fail as an AggregateError. */
function rootOf(cause: unknown): { code: string; message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  if (cause instanceof AggregateError && cause.errors.length > 0) return rootOf(cause.errors[0]);
  if (cause.cause instanceof Error) return rootOf(cause.cause);
  return { code: (cause as NodeJS.ErrnoException).code ?? '', message: cause.message };
}

export function redirectedTooOften(url: string, chain: readonly string[]): FetchError {
  return hinted(
    `${url}: redirected in a loop or without end: ${chain.slice(0, 4).join(' → ')}`,
    'the fault is on the server, or a login page of this network: open the URL in a browser',
  );
}

/** A downgrade would let anybody on the way answer in the publisher's name. */
export function redirectedToPlain(url: string, target: string): FetchError {
  return hinted(
    `${url}: redirected from https to ${target}`,
    'a login page of this network does that: open the URL in a browser',
  );
}

export function redirectedNowhere(url: string, location: string): FetchError {
  return hinted(
    `${url}: redirected to '${location}', which is no http or https URL`,
    'the fault is on the server: wait some minutes, then run it again',
  );
}

export function tooLarge(url: string, maxBytes: number): FetchError {
  return hinted(
    `${url}: more than the ${formatBytes(maxBytes)} that such a file can have`,
    'this is not the expected file: open the URL in a browser',
  );
}

export function badProxy(cause: unknown): FetchError {
  return hinted(
    'HTTPS_PROXY or HTTP_PROXY is no URL',
    'write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT',
    { cause },
  );
}
