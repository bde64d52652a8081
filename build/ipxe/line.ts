// A line of an iPXE script: its commands with what is between them, and the words of a command
// (ipxe.org/scripting, src/core/exec.c).
import { type CommandName, commandOf } from './commands.ts';

/** One command of a line, and what follows it: `&&`, `||`, `;`, or nothing at the end of the line. */
interface Part {
  readonly words: readonly string[];
  readonly next: string;
}

const BETWEEN: ReadonlySet<string> = new Set(['&&', '||', ';']);

/** The commands of a line, in order; a word that starts with `#` begins a comment. */
export function splitLine(text: string): Part[] {
  const commands: Part[] = [];
  let words: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (word.startsWith('#')) break;
    if (!BETWEEN.has(word)) words.push(word);
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

/**
 * iPXE takes options only before the first word that is not one.
 * @param words after the command's name
 */
export function parseCall(name: CommandName, words: readonly string[]): Call {
  const known = commandOf(name).options;
  const options = new Map<string, string>();
  let index = 0;
  for (let word = words[0]; word?.startsWith('-') === true; word = words[index]) {
    const valued = known.get(word) === true;
    options.set(word, valued ? (words[index + 1] ?? '') : '');
    index += valued ? 2 : 1;
  }
  const rest = words.slice(index);
  const timeout = Number(options.get('--timeout') ?? 0) / 1000;
  return { options, rest, first: rest[0] ?? '', timeout };
}
