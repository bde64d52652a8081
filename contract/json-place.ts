// Finds places in a JSON text: JavaScript engines word errors differently, and not all give a place.

/** A step into an object or an array. */
type Step = PropertyKey;

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The first character at which a text stops being JSON; null for valid JSON. */
export function placeOfFault(text: string): Place | null {
  const { fault } = scan(text, []);
  return fault === null ? null : placeAt(text, fault);
}

/** Where the value at a path starts or, if missing, the nearest one around it. */
export function placeOfValue(text: string, path: readonly Step[]): Place {
  return placeAt(text, scan(text, path).value);
}

function placeAt(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Deeper than any of our files; endless nesting must not exhaust the stack. */
const MAX_DEPTH = 100;

class SyntaxFault {
  readonly offset: number;
  constructor(offset: number) {
    this.offset = offset;
  }
}

class Scanner {
  readonly #text: string;
  readonly #path: readonly Step[];
  #at = 0;
  /** Of the deepest value on the path so far. */
  found = 0;

  constructor(text: string, path: readonly Step[]) {
    this.#text = text;
    this.#path = path;
  }

  /** @throws {SyntaxFault} */
  whole(): void {
    this.#value(0, true);
    if (this.#at < this.#text.length) throw new SyntaxFault(this.#at);
  }

  /** @param isOnPath whether all steps so far match the path */
  #value(depth: number, isOnPath: boolean): void {
    this.#take(SPACE);
    if (isOnPath) this.found = this.#at;
    if (depth > MAX_DEPTH) throw new SyntaxFault(this.#at);
    const isNext = (step: Step) => isOnPath && this.#path[depth] === step;
    if (this.#is('{')) {
      this.#list('}', () => {
        const name: string = JSON.parse(this.#need(STRING));
        this.#take(SPACE);
        if (!this.#is(':')) throw new SyntaxFault(this.#at);
        this.#value(depth + 1, isNext(name));
      });
    } else if (this.#is('[')) {
      this.#list(']', (index) => this.#value(depth + 1, isNext(index)));
    } else if (this.#take(STRING) === null) {
      this.#need(SCALAR);
    }
    this.#take(SPACE);
  }

  #list(end: string, member: (index: number) => void): void {
    this.#take(SPACE);
    if (this.#is(end)) return;
    for (let index = 0; ; index++) {
      this.#take(SPACE);
      member(index);
      if (this.#is(end)) return;
      if (!this.#is(',')) throw new SyntaxFault(this.#at);
    }
  }

  #is(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [taken] = pattern.exec(this.#text) ?? [];
    if (taken === undefined) return null;
    this.#at += taken.length;
    return taken;
  }

  #need(pattern: RegExp): string {
    const taken = this.#take(pattern);
    if (taken === null) throw new SyntaxFault(this.#at);
    return taken;
  }
}

function scan(text: string, path: readonly Step[]): { value: number; fault: number | null } {
  const scanner = new Scanner(text, path);
  try {
    scanner.whole();
    return { value: scanner.found, fault: null };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return { value: scanner.found, fault: error.offset };
  }
}
