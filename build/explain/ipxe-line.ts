// A line of an iPXE script: its commands with what is between them, and the words of a command
// (ipxe.org/scripting, src/core/exec.c).

/** Options that have a value. */
const VALUED = new Set(['--timeout', '--name', '--drive', '--label']);

/** One command of a line, and what stands behind it: `&&`, `||`, or nothing at the line's end. */
interface Part {
  readonly words: readonly string[];
  readonly next: string;
}

/** The commands of a line, in order. */
export function splitLine(text: string): Part[] {
  const commands: Part[] = [];
  let words: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word !== '&&' && word !== '||') words.push(word);
    else {
      commands.push({ words, next: word });
      words = [];
    }
  }
  return [...commands, { words, next: '' }];
}

/** The words after a command: its options, and the rest. */
export interface Call {
  readonly options: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  readonly first: string;
  /** Seconds. */
  readonly timeout: number;
}

/** @param words after the command's name, settings expanded */
export function parseCall(words: readonly string[]): Call {
  const options = new Map<string, string>();
  let index = 0;
  for (let word = words[0]; word?.startsWith('--') === true; word = words[index]) {
    const valued = VALUED.has(word);
    options.set(word, valued ? (words[index + 1] ?? '') : '');
    index += valued ? 2 : 1;
  }
  const rest = words.slice(index);
  const timeout = Number(options.get('--timeout') ?? 0) / 1000;
  return { options, rest, first: rest[0] ?? '', timeout };
}
