// The shim's events, for as long as the page is open.
import { Mismatch, parseJson } from '../../contract/parse.ts';
import {
  EVENTS_API,
  NODES_API,
  type TimelineView,
  timelineSchema,
} from '../../contract/timeline.ts';
import type { Connection } from '../model/page.ts';
import { EVENT_NAMES, type EventName, parseEvent, type StreamEvent } from '../model/timeline.ts';

export interface Listener {
  readonly onEvent: (event: StreamEvent) => void;
  /** Gets a readable message about an event that this page does not understand. */
  readonly onFault: (reason: string) => void;
  readonly onConnection: (connection: Connection) => void;
}

const RETRY_MS = 5000;
/** After sleep, a laptop may hold a connection that the server has dropped. */
const SLEPT_MS = 60_000;

/** Listens for ever and reconnects when the connection is lost. */
export function followEvents(listener: Listener) {
  let source = open(listener);
  let hiddenSince = Number.POSITIVE_INFINITY;
  document.addEventListener('visibilitychange', () => {
    const slept = Date.now() - hiddenSince > SLEPT_MS;
    hiddenSince = document.hidden ? Date.now() : Number.POSITIVE_INFINITY;
    if (document.hidden || !slept) return;
    source.close();
    source = open(listener);
  });
}

interface Closable {
  close(): void;
}

function open(listener: Listener): Closable {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let source: EventSource;
  const connect = () => {
    source = new EventSource(EVENTS_API);
    for (const name of EVENT_NAMES)
      source.addEventListener(name, (event) => hear(name, event, listener));
    source.onerror = async () => {
      // The browser reconnects by itself, but not after a response that was not an event stream.
      if (source.readyState !== EventSource.CLOSED) return listener.onConnection('lost');
      const timeline = await askOnce();
      if (closed) return;
      if (timeline === 'no shim') return listener.onConnection('none');
      if (timeline !== 'no answer') listener.onEvent({ name: 'timeline', data: timeline });
      listener.onConnection('lost');
      retry = setTimeout(connect, RETRY_MS);
    };
  };
  connect();
  return {
    close() {
      closed = true;
      clearTimeout(retry);
      source.close();
    },
  };
}

/** Genesis was updated while the page was open. */
const OTHER_VERSION = 'Genesis may be a different version from this page: reload the page';

function hear(name: EventName, { data }: MessageEvent<string>, listener: Listener) {
  try {
    listener.onEvent(parseEvent(name, data));
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    listener.onFault(`${EVENTS_API}: ${name}: ${error.message}; ${OTHER_VERSION}`);
  }
  listener.onConnection('live');
}

/** When the stream is refused: is there a shim that cannot serve it now, or no shim? */
async function askOnce(): Promise<TimelineView | 'no shim' | 'no answer'> {
  const response = await fetch(NODES_API, { cache: 'no-store' }).catch(() => null);
  if (response === null || response.status >= 500) return 'no answer';
  if (!response.ok) return 'no shim';
  return response.text().then(
    (text) => parseTimeline(text) ?? 'no shim',
    () => 'no answer',
  );
}

/** Null if it is not a timeline. */
function parseTimeline(text: string): TimelineView | null {
  try {
    return parseJson(timelineSchema, text);
  } catch {
    return null;
  }
}
