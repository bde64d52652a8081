// A file's size, if its publisher gives only the hash.
import { refused } from '../fetch-errors.ts';
import { retryAfter } from '../http.ts';
import { RETRY, withRetries } from '../retry.ts';
import type { Sources } from './source.ts';
import { sizeUnknown } from './source-errors.ts';

/**
 * Bytes, from `Content-Length`. Sends a GET and drops the body, since signed URLs of object stores refuse HEAD.
 * @throws {FetchError} if the file is missing; {UserError} if the server does not report its size
 */
export function sizeOf(url: string, http: Sources['http']): Promise<number> {
  return withRetries(async () => {
    const { status, headers, body } = await http.open(url);
    body.on('error', () => {}).destroy();
    if (status !== 200) throw refused(url, status, retryAfter(headers));
    const size = Number(headers['content-length'] ?? Number.NaN);
    if (!Number.isSafeInteger(size)) throw sizeUnknown(url);
    return size;
  }, RETRY);
}
