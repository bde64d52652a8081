// HTTP as fetch/ needs it: proxies from the environment, bounded redirects, timeouts, retries.
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { EnvHttpProxyAgent, request } from 'undici';
import {
  badProxy,
  badUrl,
  redirectedTooOften,
  refused,
  tooLarge,
  unreachable,
} from './fetch-errors.ts';
import { FirstContact } from './first-contact.ts';
import { isRedirect, redirectTarget } from './redirect.ts';
import { RETRY, type RetryPolicy, withRetries } from './retry.ts';

/** How the sources of media make requests. */
export interface Get {
  /**
   * The whole body at a URL. Temporary errors are retried.
   * @throws {FetchError} naming the URL and the next step; its `status` is the server's, if it answered
   */
  bytes(url: string, options: { readonly maxBytes: number }): Promise<Buffer>;
}

export interface Opened {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed. Its errors are undici's. */
  readonly body: Readable;
}

export interface Http extends Get {
  /**
   * One request, following redirects, without retries.
   * @throws {FetchError} if there is no answer or a redirect is bad; any other status is an answer
   */
  open(url: string, headers?: Readonly<Record<string, string>>): Promise<Opened>;
  close(): Promise<void>;
}

export interface HttpOptions {
  /** Milliseconds to wait for a connection; default 10 s. */
  readonly connectTimeout?: number;
  /** Milliseconds that a server may be silent, before or during its answer; default 30 s. */
  readonly idleTimeout?: number;
  /** Milliseconds that all servers together may be silent at the beginning; default 8 s. */
  readonly firstAnswerTimeout?: number;
  /** Resolves host names; default: the system. */
  readonly lookup?: LookupFunction;
  readonly retry?: RetryPolicy | undefined;
  /** Told of each request and what became of it, in one line. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Aborts all requests. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 10;
const USER_AGENT = 'homepbp/0.1';

/**
 * Opens a client. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.
 * @throws {FetchError} if a proxy's URL is wrong
 */
export function openHttp(options: HttpOptions = {}): Http {
  const agent = openAgent(options);
  const contact = new FirstContact(
    options.firstAnswerTimeout ?? 8000,
    options.signal,
    options.trace,
  );
  const open: Http['open'] = (url, headers = {}) => follow(agent, url, headers, contact);
  const bytes: Get['bytes'] = (url, { maxBytes }) =>
    withRetries(() => readWhole(open, url, maxBytes), options.retry ?? RETRY, contact.signal);
  const close = async () => {
    contact.close();
    // It would wait for a name that is being looked up, which nobody can cancel.
    agent.destroy().catch(() => {});
  };
  return { open, bytes, close };
}

function openAgent({ connectTimeout = 10_000, idleTimeout = 30_000, lookup }: HttpOptions) {
  try {
    return new EnvHttpProxyAgent({
      connect: { timeout: connectTimeout, ...(lookup === undefined ? {} : { lookup }) },
      headersTimeout: idleTimeout,
      bodyTimeout: idleTimeout,
      // Plain http is proxied without CONNECT, which many proxies allow to port 443 only.
      proxyTunnel: false,
    });
  } catch (cause) {
    throw badProxy(cause);
  }
}

async function follow(
  agent: EnvHttpProxyAgent,
  url: string,
  headers: Readonly<Record<string, string>>,
  contact: FirstContact,
): Promise<Opened> {
  const chain = [parseUrl(url)];
  for (;;) {
    const at = chain.at(-1) ?? url;
    const opened = await ask(agent, at, headers, contact);
    if (!isRedirect(opened.status)) return opened;
    opened.body.on('error', () => {}).destroy();
    const next = redirectTarget(at, opened.headers.location);
    if (chain.includes(next) || chain.length > MAX_REDIRECTS) {
      throw redirectedTooOften(url, [...chain, next]);
    }
    chain.push(next);
  }
}

function parseUrl(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw badUrl(url);
  return new URL(url).href;
}

async function ask(
  agent: EnvHttpProxyAgent,
  url: string,
  headers: Readonly<Record<string, string>>,
  contact: FirstContact,
): Promise<Opened> {
  const { signal } = contact;
  contact.asking(url);
  try {
    const answer = request(url, {
      dispatcher: agent,
      // The bytes as they are stored: sizes and hashes are of those.
      headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...headers },
      signal,
    });
    const { statusCode: status, headers: answered, body } = await orAborted(answer, signal);
    contact.answered(url, status, answered);
    return { status, headers: answered, body };
  } catch (cause) {
    signal.throwIfAborted();
    throw contact.failed(url, cause);
  }
}

/** A request that waits for a name or a connection does not end by its signal. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function readWhole(open: Http['open'], url: string, maxBytes: number): Promise<Buffer> {
  const { status, headers, body } = await open(url);
  const announced = Number(headers['content-length'] ?? 0);
  if (status !== 200 || announced > maxBytes) {
    body.on('error', () => {}).destroy();
    throw status === 200 ? tooLarge(url, maxBytes) : refused(url, status, retryAfter(headers));
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(url, maxBytes);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw length > maxBytes ? cause : unreachable(url, cause);
  }
  return Buffer.concat(chunks, length);
}

/** Milliseconds that `Retry-After` asks for (RFC 9110, section 10.2.3), 0 without one. */
export function retryAfter(headers: Opened['headers'], now = Date.now()): number {
  const text = String(headers['retry-after'] ?? '');
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
