// One request → one response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DOCTOR_AGENT } from '../../contract/doctor.ts';
import type { DistFiles, ServedFile, WholeFile } from '../files.ts';
import { type Guard, isNodePath } from '../guard/guard.ts';
import { unmapped } from '../unmapped.ts';
import { sendStretch } from './body.ts';
import { checkConditions, rangeCounts, type Validators, validatorsOf } from './conditions.ts';
import { contentType } from './content-type.ts';
import type { Api, SendHooks } from './hooks.ts';
import {
  forbidden,
  type HttpFault,
  notFound,
  preconditionFailed,
  rangeNotSatisfiable,
  unreadable,
  wrongMethod,
} from './http-errors.ts';
import { type ByteRange, parseRange } from './range.ts';
import { bytesSent } from './sent.ts';
import { isSmall, type SendSmall } from './small.ts';
import { requestedName } from './target.ts';

export interface HttpSite {
  readonly files: DistFiles;
  readonly sendSmall: SendSmall;
  /** Null: anyone may have the files of nodes/. */
  readonly guard: Guard | null;
  /** Absent: only files are served. */
  readonly api?: Api;
  readonly hooks?: SendHooks;
  /** Host names to answer to besides IP addresses and localhost, in lower case and without a dot at the end. */
  readonly names: readonly string[];
}

/**
 * Scripts and seeds are read whole: no stream, no race with a build, and twice the requests per
 * second of sirv's streams.
 */
const WHOLE_BYTES = 64 * 1024;

/**
 * Answers one request.
 * @throws {HttpFault} before anything is sent; ConnectionLost, FileShrunk or the system's error in
 *   mid-body: then the connection must be cut
 */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  site: HttpSite,
): Promise<void> {
  const { method, url = '', headers } = request;
  const name = requestedName(url, headers.host, site.names) || 'index.html';
  const answered = site.api?.(request, response, name) ?? null;
  if (answered !== null) return answered;
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod();
  if (isNodePath(name)) await admit(request, name, site.guard);
  const file = await findFile(site.files, name);
  try {
    // A link, or a case-insensitive file system, may lead there under another name.
    if (file.below !== null && file.below !== name && isNodePath(file.below)) {
      await admit(request, file.below, site.guard);
    }
    if (method === 'GET' && isSeed(file.below ?? name)) await site.hooks?.beforeSeed();
    await sendFile(request, response, name, file, site);
  } finally {
    if (!('content' in file)) await file.close();
  }
}

async function admit({ socket }: IncomingMessage, name: string, guard: Guard | null) {
  const refusal = await guard?.refusal(name, socket.remoteAddress, socket.localAddress);
  if (refusal) throw forbidden(refusal);
}

/** A node that has this file knows its founding set, and may act on it. */
function isSeed(name: string): boolean {
  return isNodePath(name) && name.endsWith('/user-data');
}

async function findFile(files: DistFiles, name: string): Promise<ServedFile | WholeFile> {
  try {
    const whole = files.read(name, WHOLE_BYTES);
    const file = whole === 'large' ? await files.open(name) : whole;
    if (file !== null) return file;
  } catch (error) {
    throw unreadable(error as NodeJS.ErrnoException);
  }
  throw notFound(name);
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  file: ServedFile | WholeFile,
  { sendSmall, hooks }: HttpSite,
): Promise<void> {
  const { headers, method } = request;
  const validators = validatorsOf(file.size, file.mtimeMs);
  const condition = checkConditions(headers, validators);
  if (condition === 'precondition-failed') throw preconditionFailed();
  const range =
    method === 'GET' && rangeCounts(headers, validators)
      ? parseRange(headers.range, file.size)
      : null;
  if (range === 'unsatisfiable' && condition === 'send') throw rangeNotSatisfiable(file.size);
  setHeaders(response, name, validators);
  if (condition === 'not-modified') {
    response.writeHead(304).end();
    return;
  }
  const stretch = setLength(response, file.size, range === 'unsatisfiable' ? null : range);
  if (method === 'GET') callHooks(hooks, request, response, name, stretch, file.size);
  if (method === 'HEAD' || file.size === 0) response.end();
  else if ('content' in file) response.end(file.content.subarray(stretch.start, stretch.end + 1));
  else if (range === null && isSmall(name, file.size))
    await sendSmall(request, response, name, file);
  else await sendStretch(response, file.handle, stretch);
}

function callHooks(
  hooks: SendHooks | undefined,
  { socket, headers }: IncomingMessage,
  response: ServerResponse,
  name: string,
  { start, end }: ByteRange,
  size: number,
) {
  const { remoteAddress: client, localAddress: local } = socket;
  if (hooks === undefined || client === undefined || local === undefined) return;
  if (headers['user-agent'] === DOCTOR_AGENT) return;
  const before = bytesSent(socket);
  const sent = () => bytesSent(socket) - before;
  const gone = hooks.began({
    client: unmapped(client),
    local: unmapped(local),
    name,
    start,
    length: end - start + 1,
    size,
    sent,
  });
  response.once('close', () => gone(response.writableFinished));
}

function setHeaders(response: ServerResponse, name: string, { etag, lastModified }: Validators) {
  const type = contentType(name);
  response.setHeader('Content-Type', type);
  // A policy in the page itself cannot set this: no other page may frame ours.
  if (type.startsWith('text/html'))
    response.setHeader('Content-Security-Policy', "frame-ancestors 'none'");
  response.setHeader('Last-Modified', new Date(lastModified).toUTCString());
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  // A rebuild replaces files in place: caches must revalidate.
  response.setHeader('Cache-Control', isNodePath(name) ? 'no-store' : 'no-cache');
  response.setHeader('X-Content-Type-Options', 'nosniff');
}

/** Sets the status and the length, and returns the stretch of the file to send. */
function setLength(response: ServerResponse, size: number, range: ByteRange | null): ByteRange {
  const stretch = range ?? { start: 0, end: size - 1 };
  response.setHeader('Content-Length', stretch.end - stretch.start + 1);
  if (range === null) return stretch;
  response.statusCode = 206;
  response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  return stretch;
}

/** Sends an error as one line of plain text. */
export function sendFault(response: ServerResponse, { status, message, headers }: HttpFault) {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const body = `HomePBP: ${message.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')}\n`;
  // busybox wget, in the initramfs, shows the status line of an error, never its body.
  const phrase = body
    .trim()
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 400);
  response.writeHead(status, phrase, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
