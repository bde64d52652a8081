// GET /api/events: server-sent events (WHATWG HTML section 9.2) for the page.
import type { ServerResponse } from 'node:http';
import { isLost } from '../http/body.ts';
import { Places } from '../places.ts';
import type { HolderOf } from '../sources.ts';
import type { TimelineEvent } from '../timeline/timeline.ts';

const MAX_CLIENTS = 32;
/** Of one machine: a browser opens at most six. */
const MAX_PER_SOURCE = 8;
/** Kept for this computer and the inventory's machines. */
const KEPT = 8;
const HEARTBEAT_MS = 15_000;
/** Bytes buffered for a client; a client that falls further behind is cut off and reconnects. */
const MAX_WAITING = 1024 * 1024;

export class EventStreams {
  readonly #clients = new Set<ServerResponse>();
  readonly #first: () => TimelineEvent;
  readonly #holderOf: HolderOf;
  /** Every stream is idle: a page that loses its own connects again and misses nothing. */
  readonly #places = new Places<ServerResponse>({
    total: MAX_CLIENTS,
    perSource: MAX_PER_SOURCE,
    kept: KEPT,
    isIdle: () => true,
    cutsBusy: false,
  });
  #heartbeat: NodeJS.Timeout | null = null;

  /** @param first the event that a new client gets at once */
  constructor(first: () => TimelineEvent, holderOf: HolderOf) {
    this.#first = first;
    this.#holderOf = holderOf;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Streams events to a client until it leaves, or loses its place to another. */
  async open(response: ServerResponse): Promise<void> {
    const { remoteAddress, localAddress } = response.req.socket;
    const holder = await this.#holderOf(remoteAddress, localAddress);
    if (isLost(response)) return;
    this.#places.take(response, holder)?.destroy();
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // Proxies such as nginx would buffer events.
      'X-Accel-Buffering': 'no',
    });
    this.#clients.add(response);
    response.once('close', () => this.#leave(response));
    response.write(`retry: 3000\n${textOf(this.#first())}`);
    this.#heartbeat ??= setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS).unref();
  }

  send(events: readonly TimelineEvent[]): void {
    if (this.#clients.size > 0 && events.length > 0) this.#write(events.map(textOf).join(''));
  }

  /** Ends all streams. */
  close(): void {
    for (const client of this.#clients) client.end();
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_WAITING) client.destroy();
      else client.write(text);
    }
  }

  #leave(client: ServerResponse): void {
    this.#clients.delete(client);
    this.#places.leave(client);
    if (this.#clients.size > 0) return;
    clearInterval(this.#heartbeat ?? undefined);
    this.#heartbeat = null;
  }
}

/** JSON.stringify emits no line feeds, so one data line is enough. */
function textOf({ event, data }: TimelineEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
