// What is wrong with an input file, where, and how to fix it.
import { escaped } from '../messages/escaped.ts';
import { UserError } from '../messages/user-error.ts';

export interface Fault {
  /** Zero-based offset into the source text. */
  readonly offset: number;
  /** What is wrong, in one line. */
  readonly message: string;
  /** How to fix it. */
  readonly hint?: string | undefined;
}

/** A text file that a user wrote, and the name that its messages show. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Faults, warnings or notes, in file order, each with its place, source line, caret and hint. */
export function formatFaults(source: Source, faults: readonly Fault[], label = ''): string {
  const starts = lineStarts(source.text);
  return [...faults]
    .sort((a, b) => a.offset - b.offset)
    .map((fault) => formatFault(source, starts, fault, label))
    .join('\n');
}

function formatFault(
  { name, text }: Source,
  starts: readonly number[],
  { offset, message, hint }: Fault,
  label: string,
): string {
  const line = lineAt(starts, offset);
  const start = starts[line - 1] ?? 0;
  const { before, after } = excerpt(text.slice(start, starts[line]), offset - start);
  const gutter = `${line} | `;
  // Tabs stay tabs, so that the caret lines up in any terminal.
  const indent = ' '.repeat(gutter.length) + before.replaceAll(/[^\t]/g, ' ');
  const lines = [
    `${name}:${line}:${offset - start + 1}: ${label}${oneLine(message)}`,
    `${gutter}${before}${after}`,
    `${indent}^`,
  ];
  if (hint !== undefined) lines.push(`  hint: ${oneLine(hint)}`);
  return lines.join('\n');
}

/** Where each line of a text begins. YAML breaks lines at CR, LF and CRLF (1.2.2, section 5.4). */
function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (end) => end.index + end[0].length)];
}

/** The one-based number of the line that holds an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** Show this many UTF-16 units on either side of the place in a longer line. */
const AROUND = 150;

/** A line for a terminal, split at the place. */
function excerpt(line: string, at: number): { before: string; after: string } {
  const whole = line.replace(/[\r\n]+$/, '');
  const from = at > AROUND ? at - AROUND : 0;
  const to = whole.length - at > AROUND ? at + AROUND : whole.length;
  return {
    before: (from === 0 ? '' : '…') + escaped(whole.slice(from, at)),
    after: escaped(whole.slice(at, to)) + (to === whole.length ? '' : '…'),
  };
}

/** Some messages quote the file; a longer one would hide the others. */
const MAX_MESSAGE = 500;

function oneLine(text: string): string {
  const short = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
  return escaped(short.replaceAll('\n', '\\n'));
}

/** An inventory, or another user file, that cannot be built from. */
export class InventoryError extends UserError {
  override readonly name = 'InventoryError';
  readonly faults: readonly Fault[];

  constructor(source: Source, faults: readonly Fault[]) {
    super(formatFaults(source, faults));
    this.faults = faults;
  }
}
