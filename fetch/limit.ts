// Limits how much work runs at a time.

export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Returns a function that runs work, at most `most` at a time, in the order of the calls. */
export function limitTo(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next(); // takes over this place
    }
  };
}
