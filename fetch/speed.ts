// Bytes per second over the last few seconds.

/** Milliseconds to look back. */
const WINDOW = 5000;
/** Milliseconds of one step of the window. */
const STEP = 250;

export class Speed {
  /** One entry per step, oldest first. */
  #steps: { readonly from: number; bytes: number }[] = [];

  /** @param now milliseconds, from a monotonic clock */
  add(bytes: number, now: number) {
    const last = this.#steps.at(-1);
    if (last !== undefined && now < last.from + STEP) last.bytes += bytes;
    else this.#steps.push({ from: now, bytes });
    this.#forget(now);
  }

  /** Bytes per second. */
  at(now: number): number {
    this.#forget(now);
    const bytes = this.#steps.reduce((sum, step) => sum + step.bytes, 0);
    const span = Math.max(STEP, now - (this.#steps[0]?.from ?? now));
    return (bytes * 1000) / span;
  }

  #forget(now: number) {
    this.#steps = this.#steps.filter(({ from }) => from > now - WINDOW);
  }
}
