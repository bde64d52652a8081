// Everything that HTTP serves besides the files of dist/: the routes of the API.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CHECKIN_API, FOUNDING_API, type FoundingAnswer } from '../../contract/checkin.ts';
import { ENROLL_API, nonceSchema } from '../../contract/enrolment.ts';
import { parseValue } from '../../contract/parse.ts';
import { EVENTS_API, NODES_API, type TimelineView } from '../../contract/timeline.ts';
import type { Api } from '../http/hooks.ts';
import { noSuchApi, notANonce, wrongMethod } from './api-errors.ts';
import { type CheckinDesk, createCheckinHandler } from './checkin.ts';
import { createEnrollHandler, type EnrolmentDesk } from './enroll.ts';
import type { EventStreams } from './events.ts';
import { send, sendJson, sendJsonText } from './send.ts';

export interface ApiParts {
  readonly desk: CheckinDesk & EnrolmentDesk;
  readonly events: EventStreams;
  view(): TimelineView;
  /** Grows whenever `view` changes. */
  revision(): number;
  /** @param nonce null: the node sent none. @throws {HttpFault} when it is unknown */
  founding(nonce: string | null): FoundingAnswer;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

/** A view of thousands of nodes costs milliseconds: concurrent requests share one. */
const VIEW_KEPT_MS = 250;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export function createApi({ desk, events, view, revision, founding, metrics }: ApiParts): Api {
  const viewText = kept(
    () => `${revision()} ${Math.floor(desk.now() / VIEW_KEPT_MS)}`,
    () => `${JSON.stringify(view())}\n`,
  );
  const gets: Readonly<Record<string, Handler>> = {
    [NODES_API]: (_, response) => sendJsonText(response, viewText()),
    [FOUNDING_API]: (request, response) => sendJson(response, founding(nonceOf(request))),
    metrics: async (_, response) => {
      const { type, text } = await metrics();
      send(response, type, text);
    },
    healthz: (_, response) => send(response, 'text/plain; charset=utf-8', 'ok\n'),
    [EVENTS_API]: ({ method }, response) => {
      if (method === 'HEAD') throw wrongMethod('GET');
      return events.open(response);
    },
  };
  const posts: Readonly<Record<string, Handler>> = {
    [CHECKIN_API]: createCheckinHandler(desk),
    [ENROLL_API]: createEnrollHandler(desk),
  };
  return (request, response, name) => {
    const get = Object.hasOwn(gets, name) ? gets[name] : undefined;
    const post = Object.hasOwn(posts, name) ? posts[name] : undefined;
    if (get === undefined && post === undefined && !name.startsWith('api/')) return null;
    return (async () => {
      const handler = get ?? post;
      if (handler === undefined) throw noSuchApi(name);
      const methods = get === undefined ? ['POST'] : ['GET', 'HEAD'];
      if (!methods.includes(request.method ?? '')) throw wrongMethod(methods.join(', '));
      return handler(request, response);
    })();
  };
}

/** @throws {HttpFault} 400 when it is none */
function nonceOf({ url = '' }: IncomingMessage): string | null {
  const nonce = URL.parse(url, 'http://genesis')?.searchParams.get('nonce') ?? null;
  if (nonce === null) return null;
  try {
    return parseValue(nonceSchema, nonce);
  } catch {
    throw notANonce();
  }
}

/** Makes it again only when the key changes. */
function kept(keyNow: () => string, make: () => string): () => string {
  let last = { key: '', text: '' };
  return () => {
    const key = keyNow();
    if (key !== last.key) last = { key, text: make() };
    return last.text;
  };
}
