// HTTP as machines speak it. Not fetch(): that asks for compressed answers and unpacks them, which
// neither iPXE nor the initramfs does.
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { DOCTOR_AGENT } from '../../contract/doctor.ts';

const WAIT_MS = 5000;
/** As many as busybox wget follows. */
const MAX_REDIRECTS = 5;
const MAX_BODY_BYTES = 64 * 1024;

export interface Answer {
  readonly status: number;
  /** The text after the status; the shim says there what is wrong. */
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  /** At most 64 KiB; empty unless asked for. */
  readonly body: Buffer;
  /** Where redirects led that a machine follows; null without any. */
  readonly movedTo: string | null;
  /** Where the last redirect leads, if a machine cannot follow it: to https, or on and on. */
  readonly leadsTo: string | null;
}

export interface Question {
  readonly method?: 'GET' | 'HEAD';
  /** Otherwise the connection is closed after the headers. */
  readonly wantsBody?: boolean;
}

/** Asks, and follows redirects as machines do; null without an answer within five seconds. */
export async function askHttp(url: string, question: Question = {}): Promise<Answer | null> {
  const signal = AbortSignal.timeout(WAIT_MS);
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await askOnce(at, question, signal).catch(() => null);
    if (answer === null) return null;
    const movedTo = at === url ? null : at;
    const next = nextOf(answer, at);
    if (next === null) return { ...answer, movedTo, leadsTo: null };
    if (!next.startsWith('http:') || redirects === MAX_REDIRECTS)
      return { ...answer, movedTo, leadsTo: next };
    at = next;
  }
}

/** Where a redirect leads; null if the answer is none. */
function nextOf({ status, headers: { location } }: OneAnswer, url: string): string | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  return URL.parse(location, url)?.href ?? null;
}

type OneAnswer = Pick<Answer, 'status' | 'phrase' | 'headers' | 'body'>;

function askOnce(
  url: string,
  { method = 'GET', wantsBody = false }: Question,
  signal: AbortSignal,
): Promise<OneAnswer> {
  const headers = { 'User-Agent': DOCTOR_AGENT };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, signal, headers, agent: false }, (response) => {
      const { statusCode: status = 0, statusMessage: phrase = '' } = response;
      const body = wantsBody ? bytesOf(response) : Promise.resolve(Buffer.alloc(0));
      body.then((bytes) => {
        resolve({ status, phrase, headers: response.headers, body: bytes });
        asked.destroy();
      });
    });
    // Stays for what comes after the answer.
    asked.on('error', reject);
    asked.end();
  });
}

/** Bounded, as the server may never stop sending. Never rejects: a part is not the file. */
async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BODY_BYTES) break;
    }
  } catch {
    // Cut off, or too slow.
  }
  return Buffer.concat(chunks);
}
