// From request to log line: a response, or the error in its place.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ABSENT_SCRIPT } from '../../contract/paths.ts';
import type { Log } from '../log.ts';
import { unmapped } from '../unmapped.ts';
import { answer, type HttpSite, sendFault } from './answer.ts';
import { HttpFault } from './http-errors.ts';
import { bytesSent } from './sent.ts';

/**
 * Answers one request, logs the outcome, and resolves when its response has closed.
 * @param isClosing whether this should be the connection's last response
 */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  site: HttpSite & { readonly log: Log },
  isClosing: () => boolean,
): Promise<void> {
  const { socket, method = '', url = '' } = request;
  const client = socket.remoteAddress === undefined ? undefined : unmapped(socket.remoteAddress);
  if (socket.destroyed) return;
  const before = bytesSent(socket);
  const began = performance.now();
  const closed = new Promise((resolve) => response.once('close', resolve));
  if (isClosing()) response.setHeader('Connection', 'close');
  const reason = await answer(request, response, site).then(
    () => undefined,
    (error: Error) => conclude(response, error),
  );
  await closed;
  if (isClosing()) socket.destroySoon();
  const status = response.statusCode;
  const whole = response.writableFinished;
  if (isAsExpected(url, status)) return;
  site.log({
    area: 'http',
    event: !whole ? 'cut' : status < 400 ? 'sent' : 'refused',
    fields: {
      method,
      path: url,
      client,
      status,
      bytes: bytesSent(socket) - before,
      ms: Math.round(performance.now() - began),
      reason,
    },
  });
}

/** Polled by pages and monitors; check-ins have their own log lines. */
const QUIET = /^\/(api\/|metrics$|healthz$)/;

/** Whether the response needs no log line; that includes 404 for the script that must not exist. */
function isAsExpected(url: string, status: number): boolean {
  return url === `/${ABSENT_SCRIPT}` ? status === 404 : status < 400 && QUIET.test(url);
}

/** Ends a failed response; returns the reason for the log. */
function conclude(response: ServerResponse, error: Error): string {
  if (error instanceof HttpFault) sendFault(response, error);
  else if (response.headersSent) response.destroy();
  else sendFault(response, new HttpFault(500, 'internal error in HomePBP; see its log'));
  return error instanceof HttpFault ? error.message : `${error.name}: ${error.message}`;
}
