// Datagrams dropped without a word, counted by reason; the log hears of them at a bounded rate.

const QUIET_MS = 10_000;

/** Tells the first drop at once, and what followed it in one sum every ten seconds. */
export class Dropped {
  readonly #tell: (counts: Readonly<Record<string, number>>) => void;
  #counts: Record<string, number> = {};
  #timer: NodeJS.Timeout | null = null;

  constructor(tell: (counts: Readonly<Record<string, number>>) => void) {
    this.#tell = tell;
  }

  /** One more for this reason, which is one of ours: the set of reasons is small. */
  add(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    if (this.#timer === null) this.flush();
  }

  /** Tells what has not been told. */
  flush(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    if (Object.keys(this.#counts).length === 0) return;
    this.#tell(this.#counts);
    this.#counts = {};
    this.#timer = setTimeout(() => this.flush(), QUIET_MS).unref();
  }

  /** Tells the rest; no timer is left. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer ?? undefined);
  }
}
