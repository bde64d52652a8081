// Downloads a file whose publisher gives no hash: the lock pins whatever came first.
import { UserError } from '../messages/user-error.ts';
import { refused, tooLarge, unreachable } from './fetch-errors.ts';
import { type Http, retryAfter } from './http.ts';
import { discard, PartFile } from './part.ts';
import { RETRY, type RetryPolicy, withRetries } from './retry.ts';

export interface UnpinnedOptions {
  readonly http: Pick<Http, 'open'>;
  readonly maxBytes: number;
  readonly retry?: RetryPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onLength?: ((bytes: number, announced: number | null) => void) | undefined;
}

/**
 * Downloads into `<target>.part`, which a later `download` of the same hash resumes.
 * @returns its size in bytes and SHA-256
 * @throws {FetchError} with the server's `status` if it has no such file
 */
export async function downloadUnpinned(url: string, target: string, options: UnpinnedOptions) {
  const part = await PartFile.open(target, UNKNOWN, 0);
  let sha256 = UNKNOWN;
  try {
    await withRetries(() => transfer(part, url, options), options.retry ?? RETRY, options.signal);
    await part.sync();
    sha256 = part.digest();
    await part.attribute({ sha256, url, validator: null });
    return { size: part.length, sha256 };
  } finally {
    await part.close();
    if (sha256 === UNKNOWN) await discard(target);
  }
}

/** No file has this hash, so that an existing part is never resumed. */
const UNKNOWN = 'unknown';

async function transfer(
  part: PartFile,
  url: string,
  { http, maxBytes, onLength }: UnpinnedOptions,
): Promise<void> {
  const { status, headers, body } = await http.open(url);
  try {
    if (status !== 200) throw refused(url, status, retryAfter(headers));
    const announced = headers['content-length'];
    if (Number(announced ?? 0) > maxBytes) throw tooLarge(url, maxBytes);
    await part.restart({ sha256: UNKNOWN, url, validator: null });
    for await (const chunk of body) {
      if (part.length + chunk.length > maxBytes) throw tooLarge(url, maxBytes);
      await part.write(chunk);
      onLength?.(part.length, announced === undefined ? null : Number(announced));
    }
  } catch (cause) {
    body.on('error', () => {}).destroy();
    throw cause instanceof UserError ? cause : unreachable(url, cause);
  } finally {
    await part.flush();
  }
}
