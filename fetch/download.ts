// Downloads one file from its publisher into a verified part, resuming if possible.
import type { LockedFile } from '../contract/media-lock.ts';
import { UserError } from '../messages/user-error.ts';
import {
  badRange,
  cutShort,
  doesNotContinue,
  refused,
  unreachable,
  wrongHash,
  wrongSize,
} from './fetch-errors.ts';
import { type Http, type Opened, retryAfter } from './http.ts';
import { discard, PartFile } from './part.ts';
import { RETRY, type RetryPolicy, withRetries } from './retry.ts';

export interface Wanted extends LockedFile {
  /** Its path in media/, for messages and progress. */
  readonly path: string;
}

export interface DownloadOptions {
  readonly http: Http;
  readonly retry?: RetryPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes so far, which may be fewer than the last time. */
  readonly onLength?: ((bytes: number) => void) | undefined;
}

/** After this many new bytes a transfer has made progress, and earlier failures no longer count. */
const STRIDE = 1024 * 1024;

/**
 * Downloads a file into `<target>.part`, verified and synced; `promote` then renames it.
 * @param target its absolute path in media/
 * @throws {FetchError | DiskError} and keeps what can be resumed, but nothing of a wrong file
 */
export async function download(
  wanted: Wanted,
  target: string,
  options: DownloadOptions,
): Promise<void> {
  const part = await PartFile.open(target, wanted.sha256, wanted.size);
  try {
    let furthest = part.length;
    options.onLength?.(part.length);
    await withRetries(
      async ({ progressed }) => {
        const onLength = (bytes: number) => {
          options.onLength?.(bytes);
          if (bytes < furthest + STRIDE) return;
          furthest = bytes;
          progressed();
        };
        if (part.length < wanted.size || wanted.size === 0)
          await transfer(part, wanted, options.http, onLength);
        await verify(part, wanted, target);
      },
      options.retry ?? RETRY,
      options.signal,
    );
    await part.sync();
  } finally {
    await part.close();
    if (part.length === 0 && wanted.size > 0) await discard(target);
  }
}

/** Sends one request, and appends its body to the part. */
async function transfer(
  part: PartFile,
  wanted: Wanted,
  http: Http,
  onLength: (bytes: number) => void,
): Promise<void> {
  const { url, size, path } = wanted;
  const opened = await http.open(url, rangeHeaders(part, url));
  try {
    await prepare(part, wanted, opened);
    for await (const chunk of opened.body) {
      if (part.length + chunk.length > size)
        throw wrongSize(path, url, size, part.length + chunk.length);
      await part.write(chunk);
      onLength(part.length);
    }
  } catch (cause) {
    opened.body.on('error', () => {}).destroy();
    throw cause instanceof UserError ? cause : unreachable(url, cause);
  } finally {
    await part.flush();
  }
  if (part.length < size) throw cutShort(path, url, size, part.length);
}

/** Range (RFC 9110, section 14.2); If-Range if the part is from this URL and has a validator. */
function rangeHeaders({ origin, length }: PartFile, url: string): Record<string, string> {
  if (origin === null) return {};
  const range = `bytes=${length}-`;
  const known = origin.url === url ? origin.validator : null;
  return known === null ? { range } : { range, 'if-range': known };
}

/** Prepares the part for what the answer brings: the rest, or the whole file again. */
async function prepare(part: PartFile, { url, size, path, sha256 }: Wanted, opened: Opened) {
  const { status, headers } = opened;
  const origin = { sha256, url, validator: validatorOf(headers) };
  if (status === 206 && part.origin !== null) {
    const range = String(headers['content-range'] ?? '');
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(start) !== part.length) {
      await part.restart(origin);
      throw badRange(url, range);
    }
    if (total !== '*' && Number(total) !== size) throw wrongSize(path, url, size, Number(total));
    part.inherit();
  } else if (status === 200) {
    const announced = headers['content-length'];
    if (announced !== undefined && Number(announced) !== size)
      throw wrongSize(path, url, size, Number(announced));
    await part.restart(origin);
  } else if (status === 416 && part.origin !== null) {
    await part.restart(origin);
    throw doesNotContinue(url);
  } else {
    throw refused(url, status, retryAfter(headers));
  }
}

/** If-Range accepts strong validators only (RFC 9110, section 13.1.5). */
function validatorOf(headers: Opened['headers']): string | null {
  const etag = headers.etag;
  if (typeof etag === 'string' && !etag.startsWith('W/')) return etag;
  const modified = headers['last-modified'];
  return typeof modified === 'string' ? modified : null;
}

async function verify(part: PartFile, { path, url, sha256 }: Wanted, target: string) {
  const found = part.digest();
  if (found === sha256) return;
  if (part.isPatched) {
    await part.restart({ sha256, url, validator: null });
    throw doesNotContinue(url);
  }
  await discard(target);
  throw wrongHash(path, url, sha256, found);
}
