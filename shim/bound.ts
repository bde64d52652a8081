// What is bound to each of our addresses, while these come and go.

export interface Binder<T> {
  /** Rejects with the system's error. */
  readonly bind: (address: string) => Promise<T>;
  readonly close: (bound: T) => Promise<void>;
}

export interface Unbound {
  readonly address: string;
  readonly error: NodeJS.ErrnoException;
}

export class Bound<T> {
  readonly #binder: Binder<T>;
  readonly #bound = new Map<string, T>();
  /** What is not wanted any more but still has something to finish. */
  readonly #closing = new Set<Promise<void>>();
  /** How often in a row: each address is tried again at every look. */
  readonly #failures = new Map<string, number>();
  /** At which failure one is reported: the first at the start, later the second, as a new IPv6 address takes a second. */
  #reportedAt = 1;
  #busy: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(binder: Binder<T>) {
    this.#binder = binder;
  }

  /** By address, in the order in which they were bound. */
  get all(): ReadonlyMap<string, T> {
    return this.#bound;
  }

  /**
   * Lets go of all other addresses, without waiting for what they must finish, and binds those that are missing. Never
   * rejects.
   * @returns those that cannot be bound: all at first, then each once it has failed twice in a row
   */
  follow(addresses: readonly string[]): Promise<readonly Unbound[]> {
    return this.#inTurn(() => this.#follow(new Set(addresses)));
  }

  /** Lets go of all; resolves once everything is closed. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#inTurn(async () => {
      this.#keepOnly(new Set());
      await Promise.all(this.#closing);
    });
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#busy.then(work);
    this.#busy = done;
    return done;
  }

  async #follow(wanted: ReadonlySet<string>): Promise<Unbound[]> {
    this.#keepOnly(wanted);
    const unbound: Unbound[] = [];
    for (const address of wanted) {
      if (!this.#closed && !this.#bound.has(address)) unbound.push(...(await this.#bind(address)));
    }
    // What was reported at the start is not reported again.
    if (this.#reportedAt === 1) for (const { address } of unbound) this.#failures.set(address, 2);
    this.#reportedAt = 2;
    return unbound;
  }

  /** @returns the failure, if it is to be reported */
  async #bind(address: string): Promise<Unbound[]> {
    try {
      this.#bound.set(address, await this.#binder.bind(address));
      this.#failures.delete(address);
      return [];
    } catch (error) {
      const failures = (this.#failures.get(address) ?? 0) + 1;
      this.#failures.set(address, failures);
      return failures === this.#reportedAt
        ? [{ address, error: error as NodeJS.ErrnoException }]
        : [];
    }
  }

  #keepOnly(wanted: ReadonlySet<string>): void {
    for (const address of this.#failures.keys())
      if (!wanted.has(address)) this.#failures.delete(address);
    for (const [address, bound] of this.#bound) {
      if (wanted.has(address)) continue;
      this.#bound.delete(address);
      const gone = () => void this.#closing.delete(closing);
      const closing = this.#binder.close(bound).then(gone, gone);
      this.#closing.add(closing);
    }
  }
}
