// Keeps HTTP's part of the log readable and small, whatever is requested.
import { Dropped } from './dropped.ts';
import type { Log, LogEvent } from './log.ts';
import { RequestRate } from './request-rate.ts';
import { isLoopback, unmapped } from './unmapped.ts';

/** Lines per second about one stranger, and about all of them; bursts of four seconds' worth. */
const PER_STRANGER = 5;
const STRANGERS_IN_ALL = 10;
/** About one node or this computer, and about all of them. A boot has about forty lines. */
const PER_NODE = 20;
const NODES_IN_ALL = 200;

/** Decides which of HTTP's events get a line; the others are counted, and their number is logged. */
export class HttpLines {
  readonly #strangers = new RequestRate(PER_STRANGER, STRANGERS_IN_ALL);
  readonly #nodes = new RequestRate(PER_NODE, NODES_IN_ALL);
  readonly #now: () => number;
  readonly #omitted: Dropped;

  /** @param now milliseconds, monotonic */
  constructor(log: Log, now: () => number) {
    this.#now = now;
    this.#omitted = new Dropped((fields) =>
      log({ area: 'http', event: 'lines omitted from the log', fields }),
    );
  }

  /** Whether an event gets its line, by the node or the client that it is about. */
  admits({ area, node, fields }: LogEvent): boolean {
    const client = fields?.client;
    if (area !== 'http' || typeof client !== 'string') return true;
    const known = node ?? (isLoopback(unmapped(client)) ? client : undefined);
    const rate = known === undefined ? this.#strangers : this.#nodes;
    if (rate.admits(known ?? client, this.#now())) return true;
    this.#omitted.add(known === undefined ? 'strangers' : 'nodes');
    return false;
  }

  /** Logs the last number. */
  close(): void {
    this.#omitted.close();
  }
}
