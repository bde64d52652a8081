// So many at a time, the others in turn.

export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs what it is given, at most `most` at a time, in the order of the calls. */
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
