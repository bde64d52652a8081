// What a program or a machine's console has said so far, and waits for what it is to say.

/** Terminal control: CSI and two-character escapes (firmware draws its screens with them). */
const ESCAPES = /\x1b\[[0-9;?=]*[@-~]|\x1b[@-Z\\-_()][0-9A-B]?/g;
/** An escape whose end has not arrived yet. */
const CUT_ESCAPE = /\x1b(\[[0-9;?=]*)?$/;

interface Wait {
  readonly pattern: RegExp;
  readonly from: number;
  readonly found: (match: Found) => void;
  readonly failed: (why: Error) => void;
}

export interface Found {
  readonly match: RegExpExecArray;
  /** Where in the transcript's text the match ends: the `from` of a wait for what comes after it. */
  readonly end: number;
  /** When it was seen, in milliseconds of `performance.now()`. */
  readonly at: number;
}

export class Transcript {
  readonly #name: string;
  #text = '';
  #cut = '';
  #ended = false;
  readonly #waits = new Set<Wait>();

  /** `name` is what error messages call the speaker. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Everything said, without terminal control and carriage returns. */
  get text(): string {
    return this.#text;
  }

  append(chunk: string): void {
    const raw = this.#cut + chunk;
    this.#cut = CUT_ESCAPE.exec(raw)?.[0] ?? '';
    const whole = raw.slice(0, raw.length - this.#cut.length);
    this.#text += whole.replaceAll(ESCAPES, '').replaceAll('\r', '');
    for (const wait of this.#waits) this.#try(wait);
  }

  /** Nothing more will be said: every open wait fails at once. */
  end(why: string): void {
    this.#ended = true;
    for (const wait of this.#waits) {
      wait.failed(new Error(`${this.#name} ended (${why}) before ${wait.pattern}\n${this.tail()}`));
    }
  }

  /**
   * The first match of `pattern` at or after `from`, said already or to come.
   * @throws when `seconds` pass or the speaker ends without it; the message holds the last lines
   */
  async waitFor(pattern: RegExp, seconds: number, from = 0): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const wait: Wait = { pattern, from, found: resolve, failed: reject };
    const late = () =>
      reject(new Error(`${this.#name}: no ${pattern} within ${seconds} s\n${this.tail()}`));
    const timer = setTimeout(late, seconds * 1000);
    this.#waits.add(wait);
    this.#try(wait);
    if (this.#ended) reject(new Error(`${this.#name} ended without ${pattern}\n${this.tail()}`));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waits.delete(wait);
    }
  }

  /** The last lines that are not empty, indented, for a message. */
  tail(lines = 15): string {
    const said = this.#text.split('\n').filter((line) => line.trim() !== '');
    return said
      .slice(-lines)
      .map((line) => `    | ${line.trimEnd()}`)
      .join('\n');
  }

  #try({ pattern, from, found }: Wait): void {
    const match = pattern.exec(this.#text.slice(from));
    if (match === null) return;
    found({ match, end: from + match.index + match[0].length, at: performance.now() });
  }
}
