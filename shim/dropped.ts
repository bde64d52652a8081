// Counts silently dropped datagrams by reason; they are logged at a limited rate.

const QUIET_MS = 10_000;

/** Reports the first drop at once, and later ones as sums every ten seconds. */
export class Dropped {
  readonly #tell: (counts: Readonly<Record<string, number>>) => void;
  #counts: Record<string, number> = {};
  #timer: NodeJS.Timeout | null = null;

  constructor(tell: (counts: Readonly<Record<string, number>>) => void) {
    this.#tell = tell;
  }

  /** Counts one drop; reasons are our own texts, so there are only a few. */
  add(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    if (this.#timer === null) this.flush();
  }

  /** Reports the counts not yet reported. */
  flush(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    if (Object.keys(this.#counts).length === 0) return;
    this.#tell(this.#counts);
    this.#counts = {};
    this.#timer = setTimeout(() => this.flush(), QUIET_MS).unref();
  }

  /** Reports the rest and stops the timer. */
  close(): void {
    this.flush();
    clearTimeout(this.#timer ?? undefined);
  }
}
