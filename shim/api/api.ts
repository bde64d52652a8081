// Everything that HTTP serves besides the files of dist/: the routes of the API.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CHECKIN_API, FOUNDING_API, type FoundingAnswer } from '../../contract/checkin.ts';
import { EVENTS_API, NODES_API, type TimelineView } from '../../contract/timeline.ts';
import type { Api } from '../http/hooks.ts';
import { noSuchApi, wrongMethod } from './api-errors.ts';
import { type CheckinDesk, createCheckinHandler } from './checkin.ts';
import type { EventStreams } from './events.ts';

export interface ApiParts {
  readonly desk: CheckinDesk;
  readonly events: EventStreams;
  view(): TimelineView;
  /** Grows whenever `view` changes. */
  revision(): number;
  /** @throws {HttpFault} when it is unknown */
  founding(): FoundingAnswer;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

const JSON_TYPE = 'application/json';
/** A view of thousands of nodes costs milliseconds: concurrent requests share one. */
const VIEW_KEPT_MS = 250;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export function createApi({ desk, events, view, revision, founding, metrics }: ApiParts): Api {
  const viewText = kept(
    () => `${revision()} ${Math.floor(desk.now() / VIEW_KEPT_MS)}`,
    () => `${JSON.stringify(view())}\n`,
  );
  const gets: Readonly<Record<string, Handler>> = {
    [NODES_API]: (_, response) => send(response, JSON_TYPE, viewText()),
    [FOUNDING_API]: (_, response) => send(response, JSON_TYPE, `${JSON.stringify(founding())}\n`),
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
  const checkin = createCheckinHandler(desk);
  return (request, response, name) => {
    const get = Object.hasOwn(gets, name) ? gets[name] : undefined;
    if (get === undefined && name !== CHECKIN_API && !name.startsWith('api/')) return null;
    return (async () => {
      if (name === CHECKIN_API) {
        if (request.method !== 'POST') throw wrongMethod('POST');
        return checkin(request, response);
      }
      if (get === undefined) throw noSuchApi(name);
      if (request.method !== 'GET' && request.method !== 'HEAD') throw wrongMethod('GET, HEAD');
      return get(request, response);
    })();
  };
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
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
