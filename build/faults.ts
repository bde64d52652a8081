// What is wrong with an input file, where, and how to mend it.
import { UserError } from '../contract/user-error.ts';

export interface Fault {
  /** Zero-based offset into the source text. */
  readonly offset: number;
  /** What is wrong, in one line. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string | undefined;
}

/** A text file that a user wrote, and the name that its messages show. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Faults, warnings or notes, in file order, each with its place, source line, caret and hint. */
export function formatFaults(source: Source, faults: readonly Fault[], label = ''): string {
  return [...faults]
    .sort((a, b) => a.offset - b.offset)
    .map((fault) => formatFault(source, fault, label))
    .join('\n');
}

function formatFault(source: Source, fault: Fault, label: string): string {
  const { line, column, text } = locate(source.text, fault.offset);
  const gutter = `${line} | `;
  // Tabs stay tabs, so that the caret stands below its character in any terminal.
  const indent = ' '.repeat(gutter.length) + text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  const lines = [`${source.name}:${line}:${column}: ${label}${fault.message}`];
  lines.push(`${gutter}${text}`, `${indent}^`);
  if (fault.hint !== undefined) lines.push(`  hint: ${fault.hint}`);
  return lines.join('\n');
}

/** One-based line and column (in UTF-16 units, as editors count) of an offset, and that line. */
export function locate(text: string, offset: number) {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(0, start).split('\n').length;
  const shown = text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  return { line, column: offset - start + 1, text: shown };
}

/** An inventory, or another file of the user's, that cannot be built from. */
export class InventoryError extends UserError {
  override readonly name = 'InventoryError';
  readonly faults: readonly Fault[];

  constructor(source: Source, faults: readonly Fault[]) {
    super(formatFaults(source, faults));
    this.faults = faults;
  }
}
