// A limited number of places (connections, event streams, transfers), shared so that no single machine
// takes them all. Pure accounting: the caller says who comes and goes, and closes what must leave.

/** Whose place it is. */
export interface Holder {
  /** The machine, as far as it is known: its places are counted together. */
  readonly source: string;
  /** Whether it may use the places that are kept from strangers. */
  readonly isKept: boolean;
}

export interface PlaceRules<T> {
  /** Places in all. */
  readonly total: number;
  /** Places of one source. */
  readonly perSource: number;
  /** How many of all places strangers cannot have. */
  readonly kept: number;
  /** Whether little is lost when it leaves. */
  readonly isIdle: (one: T) => boolean;
  /** Whether one that is not idle must leave when its source has at least two more than the newcomer's. */
  readonly cutsBusy: boolean;
}

/** The places of one source; the least recently used first. */
interface Group<T> {
  readonly isKept: boolean;
  readonly members: Set<T>;
}

export class Places<T> {
  readonly #rules: PlaceRules<T>;
  readonly #holders = new Map<T, Holder>();
  readonly #groups = new Map<string, Group<T>>();
  #strangers = 0;

  constructor(rules: PlaceRules<T>) {
    this.#rules = rules;
  }

  /** Places taken. */
  get taken(): number {
    return this.#holders.size;
  }

  has(one: T): boolean {
    return this.#holders.has(one);
  }

  /**
   * Takes a place, or moves what has one already to another holder.
   * @returns what has lost its place: another, `one` itself if there is none for it, or null
   */
  take(one: T, holder: Holder): T | null {
    this.leave(one);
    const loser = this.#loser(one, holder);
    if (loser === one) return one;
    if (loser !== null) this.leave(loser);
    this.#add(one, holder);
    return loser;
  }

  /** Notes that it is in use: others of its source are idle for longer. */
  touch(one: T): void {
    const holder = this.#holders.get(one);
    const members = holder && this.#groups.get(keyOf(holder))?.members;
    if (members?.delete(one)) members.add(one);
  }

  leave(one: T): void {
    const holder = this.#holders.get(one);
    if (holder === undefined) return;
    const key = keyOf(holder);
    const group = this.#groups.get(key);
    group?.members.delete(one);
    if (group?.members.size === 0) this.#groups.delete(key);
    this.#holders.delete(one);
    if (!holder.isKept) this.#strangers -= 1;
  }

  #add(one: T, holder: Holder): void {
    const { isKept } = holder;
    const group = this.#groups.get(keyOf(holder)) ?? { isKept, members: new Set() };
    this.#groups.set(keyOf(holder), group);
    group.members.add(one);
    this.#holders.set(one, holder);
    if (!isKept) this.#strangers += 1;
  }

  /** Null while there is room. */
  #loser(one: T, holder: Holder): T | null {
    const { total, perSource, kept } = this.#rules;
    const own = this.#groups.get(keyOf(holder));
    const mine = own?.members.size ?? 0;
    if (own !== undefined && mine >= perSource) return this.#idleIn(own) ?? one;
    const strangersFull = !holder.isKept && this.#strangers >= total - kept;
    if (!strangersFull && this.#holders.size < total) return null;
    return this.#loserAmong(mine, strangersFull) ?? one;
  }

  /** From the source that holds most; if all hold about as much, any idle one. */
  #loserAmong(mine: number, onlyStrangers: boolean): T | null {
    let largest: Group<T> | null = null;
    let withIdle: Group<T> | null = null;
    for (const group of this.#groups.values()) {
      if (onlyStrangers && group.isKept) continue;
      const { size } = group.members;
      if (size > (largest?.members.size ?? 0)) largest = group;
      if (size < mine || size <= (withIdle?.members.size ?? 0)) continue;
      if (this.#idleIn(group) !== null) withIdle = group;
    }
    const isUnfair = largest !== null && largest.members.size > mine + 1;
    const unfair = isUnfair ? this.#loserIn(largest) : null;
    return unfair ?? (withIdle === null ? null : this.#idleIn(withIdle));
  }

  #loserIn(group: Group<T> | null): T | null {
    if (group === null) return null;
    const [oldest = null] = group.members;
    return this.#idleIn(group) ?? (this.#rules.cutsBusy ? oldest : null);
  }

  #idleIn({ members }: Group<T>): T | null {
    for (const one of members) if (this.#rules.isIdle(one)) return one;
    return null;
  }
}

function keyOf({ source, isKept }: Holder): string {
  return `${isKept ? 'kept' : 'stranger'} ${source}`;
}
