// A timer that is often postponed and seldom fires.

/** Milliseconds from any origin, and a callback after a delay; the returned function cancels it. */
export interface Clock {
  now(): number;
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * Calls back once the time last set is over. Setting a timer costs more than everything else that a
 * packet does, so a timer that fires early checks the time and waits for the rest.
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

  /** Sets the deadline this many milliseconds from now, replacing any before. */
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
