// Notices that this computer's addresses have changed. It asks every other second: it costs a fraction of a millisecond,
// works on every system, and cannot miss what happened while the computer slept.

/** How often. */
const LOOK_MS = 2000;

export interface AddressChange {
  readonly now: readonly string[];
  readonly came: readonly string[];
  readonly gone: readonly string[];
}

export interface WatchOptions<T> {
  /** What is there now; if it rejects, it is asked again. */
  readonly look: () => Promise<T>;
  /** Called after each look, changed or not. Never rejects. */
  readonly follow: (now: T) => Promise<void>;
  readonly addressesOf: (now: T) => readonly string[];
  /** The addresses at the start. */
  readonly first: readonly string[];
  readonly onChange: (change: AddressChange) => void;
  readonly everyMs?: number;
}

/**
 * @returns a function that ends it, and resolves once nothing is followed; a look under way comes to nothing, since it
 *   may ask DNS, which takes long without a network
 */
export function watchAddresses<T>(options: WatchOptions<T>): () => Promise<void> {
  const { look, follow, addressesOf, onChange, everyMs = LOOK_MS } = options;
  let told = options.first;
  let following: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  const again = () => {
    // Keeps the process alive: between two addresses there may be no socket that does.
    if (!ended) timer = setTimeout(start, everyMs);
  };
  const start = () => void once().then(again, again);
  const once = async () => {
    const now = await look();
    if (ended) return;
    following = follow(now);
    await following;
    if (ended) return;
    const change = changeOf(told, addressesOf(now));
    told = change.now;
    if (change.came.length + change.gone.length > 0) onChange(change);
  };
  again();
  return () => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
    return following;
  };
}

function changeOf(before: readonly string[], now: readonly string[]): AddressChange {
  const came = now.filter((address) => !before.includes(address));
  const gone = before.filter((address) => !now.includes(address));
  return { now, came, gone };
}
