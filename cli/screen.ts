// Standard error of a server: lines, and below them what is drawn in place, such as a question or progress.

/** What is drawn in place. */
export interface Below {
  /** Removes it, before a line is printed. */
  clear(): void;
  /** Draws it again after that; may leave it to a timer. */
  draw(): void;
}

/** The lines, and what is kept below them. */
export class Screen {
  readonly #write: (text: string) => void;
  #below: Below | null = null;

  /** @param write must not throw */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Prints whole lines. */
  readonly print = (text: string): void => {
    this.clear();
    this.#write(text);
    this.#below?.draw();
  };

  /** Prints the start of a line. */
  readonly prompt = (text: string): void => this.#write(text);

  /** For output that goes past this to the same terminal; what is drawn in place comes back by itself. */
  clear(): void {
    this.#below?.clear();
  }

  /** Keeps something below the lines until `null`. */
  keep(below: Below | null): void {
    this.#below = below;
  }
}
