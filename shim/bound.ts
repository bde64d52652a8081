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
  /** Said already: each address is tried again at every look. */
  readonly #failed = new Set<string>();
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
   * Lets go of all other addresses and binds those that are missing. Never rejects.
   * @returns those that cannot be bound, each once until it goes or can be: a new IPv6 address, for one, takes a second
   */
  follow(addresses: readonly string[]): Promise<readonly Unbound[]> {
    return this.#inTurn(() => this.#follow(new Set(addresses)));
  }

  /** Lets go of all; resolves once everything is closed. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#inTurn(() => this.#drop(() => true));
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#busy.then(work);
    this.#busy = done;
    return done;
  }

  async #follow(wanted: ReadonlySet<string>): Promise<Unbound[]> {
    const unbound: Unbound[] = [];
    for (const address of this.#failed) if (!wanted.has(address)) this.#failed.delete(address);
    await this.#drop((address) => !wanted.has(address));
    for (const address of wanted) {
      if (this.#closed || this.#bound.has(address)) continue;
      try {
        this.#bound.set(address, await this.#binder.bind(address));
        this.#failed.delete(address);
      } catch (error) {
        if (!this.#failed.has(address)) {
          unbound.push({ address, error: error as NodeJS.ErrnoException });
        }
        this.#failed.add(address);
      }
    }
    return unbound;
  }

  async #drop(isUnwanted: (address: string) => boolean): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [address, bound] of this.#bound) {
      if (!isUnwanted(address)) continue;
      this.#bound.delete(address);
      closing.push(this.#binder.close(bound));
    }
    await Promise.all(closing);
  }
}
