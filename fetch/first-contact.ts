// Offline shows at the first request, whichever publisher it goes to: while no server has answered at all,
// waiting longer or trying again is pointless.
// It also tells of every request, for `fetch --verbose`.
import type { IncomingHttpHeaders } from 'node:http';
import { type FetchError, NoAnswer, noAnswer, unreachable } from './fetch-errors.ts';

/** Watches the requests of a run until one of them is answered. */
export class FirstContact {
  /** Aborted when nobody answers in time, or by the one that was given. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #ms: number;
  readonly #trace: (line: string) => void;
  #timer: NodeJS.Timeout | null = null;
  #heard = false;
  /** Why the last request failed. */
  #failure: NoAnswer | null = null;

  /** @param ms how long the first request may take, with all of its attempts */
  constructor(
    ms: number,
    signal: AbortSignal | undefined,
    trace: ((line: string) => void) | undefined,
  ) {
    const own = this.#controller.signal;
    this.signal = signal === undefined ? own : AbortSignal.any([own, signal]);
    this.#ms = ms;
    this.#trace = trace ?? (() => {});
  }

  asking(url: string): void {
    if (this.#heard || this.#timer !== null) return;
    const giveUp = () => this.#controller.abort(this.#failure ?? noAnswer(url, this.#ms));
    this.#timer = setTimeout(giveUp, this.#ms);
  }

  answered(url: string, status: number, headers: IncomingHttpHeaders): void {
    const { location, 'content-length': bytes } = headers;
    const details = [...(bytes ? [`${bytes} bytes`] : []), ...(location ? [`to ${location}`] : [])];
    this.#trace(`GET ${url}: ${[status, ...details].join(', ')}`);
    this.#heard = true;
    this.close();
  }

  /** The error of a request without an answer. */
  failed(url: string, cause: unknown): FetchError {
    const error = unreachable(url, cause);
    this.#trace(`GET ${error.message.split('\n', 1)[0]}`);
    if (this.#heard) return error;
    this.#failure = new NoAnswer(error.message, { cause, retry: error.retry });
    return this.#failure;
  }

  close(): void {
    clearTimeout(this.#timer ?? undefined);
  }
}
