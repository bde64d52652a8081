// Error messages of fetch/: what failed, at which URL or file, and what to do next.
import { STATUS_CODES } from 'node:http';
import { ifGone, type LockHolder } from '../durable/holder.ts';
import { formatBytes } from '../messages/bytes.ts';
import { UserError } from '../messages/user-error.ts';
import { OFFLINE, whyUnreachable } from './why-unreachable.ts';

export interface FaultTraits {
  /** Whether the same request may succeed a moment later. */
  readonly retry?: boolean;
  /** Milliseconds that the server asked us to wait (RFC 9110, section 10.2.3). */
  readonly retryAfter?: number;
  /** The HTTP status, when there was an answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** An error of the network, of a publisher or in what it sent. */
export class FetchError extends UserError {
  override readonly name: string = 'FetchError';
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

/** No server has answered since the start: it does not matter what was asked for. */
export class NoAnswer extends FetchError {}

/** What arrived is not what was pinned. */
export class ContentError extends FetchError {
  /** Its size or its hash. */
  readonly received: string;

  constructor(what: string, hint: string, received: string) {
    super(`${what}\n  hint: ${hint}`);
    this.received = received;
  }
}

function hinted(what: string, hint: string, traits?: FaultTraits): FetchError {
  return new FetchError(`${what}\n  hint: ${hint}`, traits);
}

/** The same error, naming the file of media/ that it concerns. */
export function ofFile(path: string, error: unknown): unknown {
  if (!(error instanceof FetchError) || error instanceof NoAnswer) return error;
  if (error.message.startsWith(`${path}: `)) return error;
  const { retry, retryAfter, status } = error;
  const traits = { retry, retryAfter, cause: error };
  return new FetchError(
    `${path}: ${error.message}`,
    status === null ? traits : { ...traits, status },
  );
}

export function badUrl(url: string): FetchError {
  return hinted(
    `'${url}' is not an http or https URL`,
    'correct it in media.lock.json or --mirror',
  );
}

/** Statuses that mean 'not now' rather than 'no'. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** The server answered, but not with the file. */
export function refused(url: string, status: number, retryAfter: number): FetchError {
  const phrase = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const traits = { status, retryAfter, retry: PASSING.includes(status) };
  return hinted(`${url}: the server answered ${phrase}`, statusHint(status), traits);
}

function statusHint(status: number): string {
  if (status === 404 || status === 410)
    return 'the publisher no longer has it there: run ./homepbp fetch --update, or use a --mirror that has it';
  if (status === 407)
    return 'put the user and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT';
  if (status === 401 || status === 403)
    return 'the server requires a login, or a proxy blocks it: open the URL in a browser';
  if (status === 429)
    return 'too many requests from this network: wait a few minutes, then run it again';
  if (status === 511)
    return 'this network wants you to log in first (a captive portal): open any web page in a browser';
  if (status >= 500) return 'the problem is on the server: wait a few minutes, then run it again';
  return 'open the URL in a browser to see what is there';
}

/** There was no answer, or it was cut off. */
export function unreachable(url: string, cause: unknown): FetchError {
  const { what, hint, retry } = whyUnreachable(cause);
  return hinted(`${url}: ${what}`, hint, { cause, retry });
}

export function redirectedTooOften(url: string, chain: readonly string[]): FetchError {
  return hinted(
    `${url}: too many redirects: ${chain.slice(0, 4).join(' → ')}`,
    'the problem is on the server, or a captive portal on this network: open the URL in a browser',
  );
}

/** @param ms how long all servers together were silent */
export function noAnswer(url: string, ms: number): NoAnswer {
  return new NoAnswer(`${url}: no answer within ${ms / 1000} s\n  hint: ${OFFLINE}`);
}

/** A downgrade would let anyone on the way answer in the publisher's name. */
export function redirectedToPlain(url: string, target: string): FetchError {
  return hinted(
    `${url}: redirected from https to ${target}`,
    'probably a captive portal on this network: open the URL in a browser',
  );
}

export function redirectedNowhere(url: string, location: string): FetchError {
  return hinted(
    `${url}: redirected to '${location}', which is not an http or https URL`,
    'the problem is on the server: wait a few minutes, then run it again',
  );
}

export function tooLarge(url: string, maxBytes: number): FetchError {
  return hinted(
    `${url}: larger than the ${formatBytes(maxBytes)} allowed for such a file`,
    'this is not the expected file: open the URL in a browser',
  );
}

export function badProxy(cause: unknown): FetchError {
  return hinted(
    'HTTPS_PROXY or HTTP_PROXY is not a valid URL',
    'write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT',
    { cause },
  );
}

/** A file cannot be written to media/. A UserError is passed on as it is. */
export function mediaUnwritable(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : DISK[code];
  const [what, hint] = known ?? [message, 'make it writable, or give another folder with --media'];
  return new DiskError(`${path} cannot be written: ${what}\n  hint: ${hint}`, { cause: error });
}

/** The disk refuses files, so there is no point in fetching the others. */
export class DiskError extends UserError {
  override readonly name = 'DiskError';
}

const DISK: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: [
    'the disk is full',
    'free some space (./homepbp fetch --prune removes what no inventory needs), then run it again: it resumes where it stopped',
  ],
  EDQUOT: ['your disk quota is used up', 'free some space, then run it again'],
  EACCES: ['permission denied', 'make the folder yours, or give another one with --media'],
  EEXIST: ['a file is in the way of a folder', 'move it away, or give another folder with --media'],
  ENOTDIR: [
    'a file is in the way of a folder',
    'move it away, or give another folder with --media',
  ],
  EROFS: ['the file system is read-only', 'mount it writable, or give another one with --media'],
};

export function noSpace(media: string, needed: number, free: number): DiskError {
  return new DiskError(
    `${media}: ${formatBytes(needed)} left to download, but only ${formatBytes(free)} free on that disk\n  hint: free some space (./homepbp fetch --prune removes what no inventory needs), or give another folder with --media`,
  );
}

const MOVE_PIN =
  'if the publisher replaced it, ./homepbp fetch --update pins the new one; otherwise it was changed on the way';

export function wrongSize(path: string, url: string, expected: number, found: number): FetchError {
  return new ContentError(
    `${path}: ${url} has ${found} bytes, media.lock.json says ${expected}`,
    `${MOVE_PIN}, for example by a captive portal`,
    `${found} bytes`,
  );
}

export function wrongHash(path: string, url: string, expected: string, found: string): FetchError {
  return new ContentError(
    `${path}: the file from ${url} does not match media.lock.json\n  expected sha256 ${expected}\n  received sha256 ${found}`,
    `it was discarded; ${MOVE_PIN}`,
    `SHA-256 ${found}`,
  );
}

/** Pieced together from several answers, it does not match; from the start, it may. */
export function doesNotContinue(url: string): FetchError {
  return new FetchError(`${url}: the rest does not match the part that was already downloaded`, {
    retry: true,
  });
}

export function cutShort(path: string, url: string, expected: number, found: number): FetchError {
  return hinted(
    `${path}: ${url} ended after ${found} of ${expected} bytes`,
    'run it again: it resumes where it stopped',
    { retry: true },
  );
}

export function badRange(url: string, range: string): FetchError {
  return new FetchError(`${url}: the server sent a different range than requested ('${range}')`, {
    retry: true,
  });
}

/** Several files failed: all their messages, without duplicates. */
export function severalFailed(faults: readonly UserError[]): UserError {
  const [only] = faults;
  if (only !== undefined && faults.length === 1) return only;
  const offline = faults.find((fault) => fault instanceof NoAnswer);
  if (offline !== undefined && faults.every((fault) => fault instanceof NoAnswer)) return offline;
  const messages = [...new Set(faults.map(({ message }) => message))];
  return new FetchError(messages.join('\n'), { cause: faults });
}

export function busyMedia(media: string, holder: LockHolder): UserError {
  return new UserError(
    `${media}: another fetch is running there (${holder.name})\n  hint: wait for it to finish${ifGone(holder)}`,
  );
}

export function memberLost(path: string, archive: string, name: string): UserError {
  const [kind] = archive.split('/');
  return new UserError(
    `${path}: ${archive} does not contain ${name}\n  hint: run ./homepbp fetch --update ${kind}`,
  );
}

/** @param kind what it should be: `.tar.gz archive`, `Debian package` */
export function archiveUnreadable(url: string, kind: string, cause: unknown): FetchError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return hinted(
    `${url}: not a readable ${kind}${why}`,
    "check the mirror, or install the distribution's own package instead",
    { cause },
  );
}
