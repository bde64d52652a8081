// A timer that is put off all the time and seldom fires.

/** Milliseconds from any origin, and a callback after some of them; the result calls it off. */
export interface Clock {
  now(): number;
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * Calls back once the time that was last set is over. To set a timer costs more than all else that
 * a packet does, so one that fires early looks at the time again and waits for the rest.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #callback: () => void;
  #at = 0;
  #timerAt = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** So many milliseconds from now, whatever was set before. */
  set(delayMs: number): void {
    this.#at = this.#clock.now() + delayMs;
    if (this.#cancelTimer !== null && this.#timerAt <= this.#at) return;
    this.cancel();
    this.#start(delayMs);
  }

  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #start(delayMs: number): void {
    this.#timerAt = this.#clock.now() + delayMs;
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = null;
      const left = this.#at - this.#clock.now();
      if (left > 0) this.#start(left);
      else this.#callback();
    });
  }
}
