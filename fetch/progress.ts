// How far the downloads are: redrawn in place on a terminal, elsewhere a line now and then.
import { createLogUpdate } from 'log-update';
import { formatBytes } from '../messages/bytes.ts';
import { Speed } from './speed.ts';

export interface Bar {
  /** Bytes so far; fewer than before if a transfer starts over. Also takes the announced size. */
  readonly length: (bytes: number, size?: number | null) => void;
  /** The file is complete and verified. */
  readonly done: () => void;
  /** Must be called at the end, done or not. */
  readonly remove: () => void;
}

export interface Progress {
  /** Announces the total bytes of the files to come. */
  expect(bytes: number): void;
  /** @param size in bytes, null if not known yet */
  add(path: string, size: number | null): Bar;
  /** Prints a line that stays. */
  note(line: string): void;
  close(): void;
}

/** How far all transfers together are. */
export interface Figures {
  readonly bytes: number;
  /** All bytes to come; null until they are announced. */
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  /** The files on their way. */
  readonly paths: readonly string[];
}

export interface ShownProgress extends Progress {
  figures(): Figures;
  /** Removes what is drawn in place, so that something else can print a line; it is soon drawn again. */
  clear(): void;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Transfer {
  readonly path: string;
  size: number | null;
  bytes: number;
}

/** Milliseconds between updates, on a terminal and in a log. */
const REDRAW = 100;
const REPORT = 10_000;

/** Shows progress on standard error, or wherever a test looks. */
export function openProgress(
  stream: Stream & Partial<NodeJS.WriteStream> = process.stderr,
  now: () => number = performance.now.bind(performance),
): ShownProgress {
  // A serial console may be a terminal without a size.
  const hasRoom = (stream.rows ?? 24) > 3 && (stream.columns ?? 80) > 20;
  const isLive = stream.isTTY === true && hasRoom && process.env.TERM !== 'dumb';
  const state = new State(now);
  const live = isLive ? createLogUpdate(stream as NodeJS.WriteStream) : null;
  const note = (line: string) => {
    live?.clear();
    stream.write(`${line}\n`);
  };
  const tick = () => {
    const lines = state.lines(stream.columns ?? 80);
    if (live !== null) live(lines.join('\n'));
    else if (state.isBusy) stream.write(`${lines.at(-1)}\n`);
  };
  const timer = setInterval(tick, isLive ? REDRAW : REPORT);
  timer.unref();
  return {
    expect: (bytes) => state.expect(bytes),
    figures: () => state.figures(),
    clear: () => live?.clear(),
    note,
    add: (path, size) => state.add(path, size, note),
    close() {
      clearInterval(timer);
      live?.clear();
      live?.done();
    },
  };
}

/** The current transfers, and their speed. */
class State {
  readonly #now: () => number;
  readonly #speed = new Speed();
  readonly #transfers = new Set<Transfer>();
  /** Bytes of finished files, and the announced total. */
  #finished = 0;
  #expected = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get isBusy(): boolean {
    return this.#transfers.size > 0;
  }

  expect(bytes: number) {
    this.#finished = 0;
    this.#expected = bytes;
  }

  add(path: string, size: number | null, note: (line: string) => void): Bar {
    const transfer: Transfer = { path, size, bytes: 0 };
    let known = false;
    this.#transfers.add(transfer);
    return {
      length: (bytes, announced) => {
        // Bytes from an earlier run do not count towards the speed.
        if (known && bytes > transfer.bytes) this.#speed.add(bytes - transfer.bytes, this.#now());
        known = true;
        transfer.bytes = bytes;
        if (announced !== undefined) transfer.size = announced;
      },
      done: () => {
        this.#finished += transfer.bytes;
        note(`fetched ${path} (${formatBytes(transfer.bytes)})`);
      },
      remove: () => this.#transfers.delete(transfer),
    };
  }

  figures(): Figures {
    const transfers = [...this.#transfers];
    return {
      bytes: transfers.reduce((sum, transfer) => sum + transfer.bytes, this.#finished),
      totalBytes: this.#expected === 0 ? null : this.#expected,
      bytesPerSecond: this.#speed.at(this.#now()),
      paths: transfers.map(({ path }) => path),
    };
  }

  /** One line a transfer, and one for all. */
  lines(columns: number): string[] {
    const { bytes, bytesPerSecond } = this.figures();
    const width = columns - 1;
    return [
      ...[...this.#transfers].map((transfer) => transferLine(transfer, width)),
      totalLine(bytes, this.#expected, bytesPerSecond).slice(0, width),
    ];
  }
}

const BAR = 20;

/** `os/24.04-amd64/initrd  [########------------]  41 %  32 MB of 78 MB`, its path shortened if necessary. */
function transferLine({ path, size, bytes }: Transfer, width: number): string {
  const part = size === null || size === 0 ? 0 : Math.min(1, bytes / size);
  const marks = Math.floor(part * BAR);
  const bar = `[${'#'.repeat(marks)}${'-'.repeat(BAR - marks)}]`;
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  const amount =
    size === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(size)}`;
  const figures =
    size === null ? amount.padStart(18) : `${bar} ${percent} % ${amount.padStart(18)}`;
  const room = Math.max(12, width - figures.length - 2);
  return `${cutPath(path, room).padEnd(room)}  ${figures}`.slice(0, width);
}

/** The end of a path says most. */
function cutPath(path: string, room: number): string {
  return path.length <= room ? path : `…${path.slice(1 - room)}`;
}

/** `812 MB of 1.9 GB, 54 MB/s, 20 s left`. */
export function totalLine(bytes: number, expected: number, speed: number): string {
  const amount =
    expected > 0 ? `${formatBytes(bytes)} of ${formatBytes(expected)}` : formatBytes(bytes);
  const parts = [amount, `${formatBytes(speed)}/s`];
  if (speed > 0 && expected > bytes)
    parts.push(`${formatSeconds((expected - bytes) / speed)} left`);
  return parts.join(', ');
}

/** `20 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Shows nothing. */
export const NO_PROGRESS: Progress = {
  expect() {},
  add: () => ({ length() {}, done() {}, remove() {} }),
  note() {},
  close() {},
};
