// Appends an entry to `nodes:` by inserting text; the rest of the file stays as it is.
import {
  blockEntry,
  column,
  DEFAULT_STYLE,
  type EntryStyle,
  flowEntry,
  flowLayoutOf,
  type NewNode,
  styleOf,
} from './node-entry.ts';
import { type CollectionSpan, lineEnd, parseSpans, type Span, skipTrivia } from './yaml-spans.ts';

export interface Insertion {
  /** The new text of the whole file. */
  readonly text: string;
  /** Where in it the new entry begins and ends, with its indentation and line break. */
  readonly start: number;
  readonly end: number;
}

/** A text to insert at an offset of the old one. */
interface Edit {
  readonly at: number;
  readonly text: string;
}

/**
 * Inserts a node after the last one, in the style of the existing entries; starts an empty or
 * missing list.
 * @returns null where there is no place for it, such as an alias
 * @throws {YAMLException} when the text is not YAML
 */
export function insertNode(text: string, node: NewNode): Insertion | null {
  const root = parseSpans(text);
  if (root?.kind !== 'mapping') return null;
  const edits = editsFor(text, root, node);
  return edits === null ? null : apply(text, edits);
}

/** Applies edits in the order of their offsets; the last one is the entry. */
function apply(text: string, edits: readonly Edit[]): Insertion {
  let result = '';
  let from = 0;
  let start = 0;
  for (const edit of edits) {
    result += text.slice(from, edit.at);
    start = result.length;
    result += edit.text;
    from = edit.at;
  }
  return { text: result + text.slice(from), start, end: result.length };
}

function editsFor(text: string, root: CollectionSpan, node: NewNode): Edit[] | null {
  const key = root.children.findIndex(
    (child, at) => at % 2 === 0 && child.kind === 'scalar' && child.text === 'nodes',
  );
  const list = root.children[key + 1];
  if (key === -1) return root.flow ? null : [newList(text, root, node)];
  if (list?.kind === 'scalar' && list.empty && !root.flow)
    return [firstEntry(text, root, list, node)];
  if (list?.kind !== 'sequence') return null;
  return list.flow ? intoFlowList(text, list, node) : [intoBlockList(text, list, node)];
}

/** `nodes:` with its first entry, at the end of the file. */
function newList(text: string, root: CollectionSpan, node: NewNode): Edit {
  const indent = ' '.repeat(columnOfKeys(text, root));
  const style = styleOf(text, []);
  const entry = blockEntry(node, style, indent.length + 2, indent.length + 4);
  return ownLines(text, text.length, `${indent}nodes:${style.eol}${entry}`, style.eol);
}

/** The first entry below an empty `nodes:`. */
function firstEntry(text: string, root: CollectionSpan, nothing: Span, node: NewNode): Edit {
  const style = styleOf(text, []);
  const dash = columnOfKeys(text, root) + 2;
  const at = nextLine(text, nothing.end);
  return ownLines(text, at, blockEntry(node, style, dash, dash + 2), style.eol);
}

function columnOfKeys(text: string, root: CollectionSpan): number {
  return column(text, root.children[0]?.start ?? root.start);
}

function intoBlockList(text: string, list: CollectionSpan, node: NewNode): Edit {
  const style = styleOf(text, list.children);
  const sample = list.children.findLast(({ kind }) => kind === 'mapping');
  const dash = column(text, list.start);
  const last = list.children.at(-1);
  const at = behindComments(text, nextLine(text, list.end), dash);
  const blank = last !== undefined && followsBlankLine(text, list.children.at(-2), last);
  const entry = blockItem(text, node, style, dash, sample);
  return ownLines(text, at, (blank ? style.eol : '') + entry, style.eol);
}

/** An item with its dash, in braces if the sample is. */
function blockItem(
  text: string,
  node: NewNode,
  style: EntryStyle,
  dash: number,
  sample: Span | undefined,
): string {
  const gap = gapBehindDash(text, dash, sample);
  if (sample?.kind !== 'mapping' || !sample.flow)
    return blockEntry(node, style, dash, dash + 1 + gap);
  const lead = `${' '.repeat(dash)}-${' '.repeat(gap)}`;
  return lead + flowEntry(node, style, flowLayoutOf(text, sample));
}

/** The number of spaces between the dash and its item; 1 where that cannot be told. */
function gapBehindDash(text: string, dash: number, item: Span | undefined): number {
  if (item?.kind !== 'mapping') return 1;
  const start = item.flow ? item.start : (item.children[0]?.start ?? item.start);
  const lineStart = start - column(text, start);
  const before = text.slice(lineStart, start);
  return /^ *- +$/.test(before) && before[dash] === '-' ? before.length - dash - 1 : 1;
}

/** Whether blank lines separate entries; not where one could become part of a text (`|+`). */
function followsBlankLine(text: string, before: Span | undefined, item: Span): boolean {
  if (before === undefined || item.end === text.length || text[item.end - 1] === '\n') return false;
  return /\n[ \t]*\r?\n/.test(text.slice(before.end, item.start));
}

/** Comment lines that directly follow an item and are indented deeper than its dash are its own. */
function behindComments(text: string, offset: number, dash: number): number {
  const comments = new RegExp(`(?: {${dash + 1},}#[^\\n]*(?:\\n|$))*`, 'y');
  comments.lastIndex = offset;
  comments.test(text);
  return Math.max(offset, comments.lastIndex);
}

/** The start of the next line, or the end of the text. */
function nextLine(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

/** Whole lines, at the start of a line or at the end of a text without a final line break. */
function ownLines(text: string, at: number, lines: string, eol: string): Edit {
  const open = at > 0 && text[at - 1] !== '\n';
  return { at, text: open ? eol + lines : lines + eol };
}

function intoFlowList(text: string, list: CollectionSpan, node: NewNode): Edit[] {
  const style = styleOf(text, list.children);
  const last = list.children.at(-1);
  const sample = list.children.findLast(({ kind }) => kind === 'mapping');
  if (last === undefined) return [intoEmptyList(text, list, node)];
  const entry = flowEntry(node, style, flowLayoutOf(text, sample));
  const indent = ' '.repeat(column(text, last.start));
  const hasOwnLine = text.slice(last.start - indent.length, last.start).trim() === '';
  if (hasOwnLine && text.slice(list.start, last.start).includes('\n'))
    return flowLines(text, last, style.eol + indent + entry);
  const between = text.slice(list.children.at(-2)?.end ?? last.start, last.start);
  const separator = /^, *$/.test(between) ? between : ', ';
  return [{ at: last.end, text: separator + entry }];
}

function intoEmptyList(text: string, list: CollectionSpan, node: NewNode): Edit {
  const open = text.indexOf('[', list.start) + 1;
  const pad = text[open] === ' ' ? ' ' : '';
  return { at: open, text: pad + flowEntry(node, DEFAULT_STYLE, { lines: false, pad: ' ' }) };
}

/** A new line after the last item's; comments stay with their item. */
function flowLines(text: string, last: Span, line: string): Edit[] {
  const behind = skipTrivia(text, last.end, /\S/);
  const comma = text[behind] === ',';
  const end = lineEnd(text, comma ? behind : last.end);
  const rest = text.slice(comma ? behind + 1 : last.end, end);
  const alone = /^\s*(#.*)?$/.test(rest);
  if (comma) return [{ at: alone ? end : behind + 1, text: `${line},` }];
  if (!alone || rest === '') return [{ at: last.end, text: `,${line}` }];
  return [
    { at: last.end, text: ',' },
    { at: end, text: line },
  ];
}
