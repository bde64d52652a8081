// The text of `COMMAND --help`, from the table of the command's flags.
import type { Flag, Syntax } from './flags.ts';

/** Columns for the names of flags; a longer one has its description on the next line. */
const NAME_COLUMNS = 24;
const INDENT = '  ';

/** @param width columns of the terminal */
export function helpText(summary: string, syntax: Syntax, width: number): string {
  const flags = Object.entries(syntax.flags).map(([name, flag]) => [
    `--${name}${valueText(flag)}`,
    aboutText(flag),
  ]);
  const rows = [...flags, ['--help', 'shows this text']];
  const lines = rows.flatMap(([name = '', about = '']) => rowLines(name, about, width));
  const head = `${wrapped(summary, width).join('\n')}\n\n${usageOf(syntax)}\n`;
  const names = (syntax.list ?? []).flatMap(([name, about]) => rowLines(name, about, width));
  const list = names.length === 0 ? '' : `\n${syntax.words.at(-1)}:\n${names.join('\n')}\n`;
  return `${head}${list}\nflags:\n${lines.join('\n')}\n`;
}

/** The line that shows how to call a command. */
export function usageOf({ command, words }: Pick<Syntax, 'command' | 'words'>): string {
  const shown = words.map((word) => (word.endsWith('…') ? `[${word}]` : word));
  return `usage: ./homepbp ${[command, ...shown].join(' ')} [flags]`;
}

function valueText({ value }: Flag): string {
  return value === undefined ? '' : ` ${value}`;
}

function aboutText(flag: Flag): string {
  const { about, values, multiple, otherwise, default: fixed } = flag;
  const notes = [
    ...(values === undefined ? [] : [values.join(', ')]),
    ...(multiple === true ? ['may be repeated'] : []),
    ...(typeof fixed === 'string' ? [`default: ${fixed}`] : []),
    ...(otherwise === undefined ? [] : [`default: ${otherwise}`]),
  ];
  return notes.length === 0 ? about : `${about} (${notes.join('; ')})`;
}

function rowLines(name: string, about: string, width: number): string[] {
  const left = INDENT.length + NAME_COLUMNS;
  const [first = '', ...rest] = wrapped(about, width - left);
  const below = rest.map((line) => ' '.repeat(left) + line);
  if (name.length < NAME_COLUMNS) return [INDENT + name.padEnd(NAME_COLUMNS) + first, ...below];
  return [INDENT + name, ' '.repeat(left) + first, ...below];
}

/** Lines of at most `width` columns, unless a word is longer. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
