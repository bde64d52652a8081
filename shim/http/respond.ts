// From request to log line: an answer, or the fault in its place.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ABSENT_SCRIPT } from '../../contract/paths.ts';
import type { Log } from '../log.ts';
import { answer, type Site, sendFault } from './answer.ts';
import { HttpFault } from './faults.ts';
import { bytesSent } from './sent.ts';

/**
 * Answers one request, logs how that came out, and resolves when its response is gone.
 * @param isClosing whether this is to be the connection's last response
 */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site & { readonly log: Log },
  isClosing: () => boolean,
): Promise<void> {
  const { socket, method = '', url = '' } = request;
  const client = socket.remoteAddress;
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

/** Asked again and again by pages and monitors; what machines check in has lines of its own. */
const QUIET = /^\/(api\/|metrics$|healthz$)/;

/** Whether the answer is worth no line: also that what must not be there is not. */
function isAsExpected(url: string, status: number): boolean {
  return url === `/${ABSENT_SCRIPT}` ? status === 404 : status < 400 && QUIET.test(url);
}

/** Ends a response that did not come to its end; gives the reason for the log. */
function conclude(response: ServerResponse, error: Error): string {
  if (error instanceof HttpFault) sendFault(response, error);
  else if (response.headersSent) response.destroy();
  else sendFault(response, new HttpFault(500, 'internal error in HomePBP; see its log'));
  return error instanceof HttpFault ? error.message : `${error.name}: ${error.message}`;
}
