// For tests: a web server on loopback whose misbehaviour the test chooses.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { HttpOptions } from './http.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Publisher {
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  /** The requests so far, oldest first. */
  readonly asked: readonly { readonly url: string; readonly range: string | undefined }[];
}

/** Serves until the test ends. Paths without an answer are 404. */
export async function publish(
  t: TestContext,
  answers: Readonly<Record<string, Answer>>,
): Promise<Publisher> {
  const asked: Publisher['asked'][number][] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push({ url, range: request.headers.range });
    const answer = answers[url];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** Serves a file as good servers do: with a validator, ranges and If-Range (RFC 9110, section 14). */
export function serveFile(content: Uint8Array, etag = '"1"'): Answer {
  return (request, response) => {
    const start = rangeStart(request, etag);
    const headers = { etag, 'accept-ranges': 'bytes' };
    if (start === null) {
      response.writeHead(200, { ...headers, 'content-length': content.length }).end(content);
    } else if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    } else {
      const range = `bytes ${start}-${content.length - 1}/${content.length}`;
      const length = content.length - start;
      response
        .writeHead(206, { ...headers, 'content-range': range, 'content-length': length })
        .end(content.subarray(start));
    }
  };
}

function rangeStart({ headers }: IncomingMessage, etag: string): number | null {
  const start = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const matches = headers['if-range'] === undefined || headers['if-range'] === etag;
  return start !== undefined && matches ? Number(start) : null;
}

/** Announces the whole file, sends the first bytes of the requested range and disconnects. */
export function breakOffAfter(content: Uint8Array, bytes: number, etag = '"1"'): Answer {
  return (request, response) => {
    const start = rangeStart(request, etag) ?? 0;
    const length = content.length - start;
    const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      etag,
      'content-length': length,
      ...(start > 0 ? range : {}),
    });
    response.write(content.subarray(start, start + bytes), () => response.destroy());
  };
}

/** The first answer for the first request, and so on; the last one repeats. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  let asked = 0;
  return (request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? answers[0];
    asked += 1;
    answer(request, response);
  };
}

export function answerStatus(status: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(status, headers).end('no');
}

/** Retries without waiting. */
export const SOON: HttpOptions = {
  retry: { attempts: 4, firstDelay: 1, maxDelay: 5 },
  idleTimeout: 2000,
};
