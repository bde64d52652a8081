// The text of one entry of `nodes:`, in the style of the existing entries.
import type { Quote, Span } from './yaml-spans.ts';
import { yamlText } from './yaml-text.ts';

/** A node as given on the command line; keys and values as in nodes.yaml. */
export interface NewNode {
  readonly name: string;
  /** At least one. */
  readonly mac: readonly string[];
  readonly ip?: string | undefined;
  readonly arch?: string | undefined;
  readonly role?: string | undefined;
  readonly ssh_keys?: readonly string[] | undefined;
  readonly known_servers?: readonly string[] | undefined;
}

/** How an entry is to be written. */
export interface EntryStyle {
  readonly eol: string;
  readonly keyQuote: Quote;
  readonly quoteOf: (key: string) => Quote;
  /** Columns from a key to the dashes of its list; null: lists are in brackets. */
  readonly dashOf: (key: string) => number | null;
}

/** The layout of flow mappings: all on one line, or one key per line. */
export type FlowLayout =
  | { readonly lines: false; readonly pad: string }
  | {
      readonly lines: true;
      readonly keyColumn: number;
      readonly endColumn: number;
      readonly lastComma: boolean;
    };

/** The style of an entry without neighbours. */
export const DEFAULT_STYLE: EntryStyle = {
  eol: '\n',
  keyQuote: '',
  quoteOf: () => '',
  dashOf: () => null,
};

/** Each key with its value, in the order in which they are written. */
function pairsOf(node: NewNode): [string, string | readonly string[]][] {
  const { name, mac: macs, ip, arch, role, ssh_keys, known_servers } = node;
  const mac = macs.length === 1 ? macs[0] : macs;
  const pairs = Object.entries({ name, mac, ip, arch, role, ssh_keys, known_servers });
  return pairs.flatMap(([key, value]) =>
    value === undefined || value.length === 0 ? [] : [[key, value]],
  );
}

/**
 * `- name: …` with its other keys below, without a final line break.
 * @param dash the column of the dash
 * @param key the column of the keys
 */
export function blockEntry(node: NewNode, style: EntryStyle, dash: number, key: number): string {
  const lines = pairsOf(node).flatMap(([name, value]) => blockPair(name, value, style));
  const first = `${' '.repeat(dash)}-${' '.repeat(key - dash - 1)}`;
  return first + lines.join(style.eol + ' '.repeat(key));
}

/** The lines of one key, without the indentation of the key. */
function blockPair(key: string, value: string | readonly string[], style: EntryStyle): string[] {
  const dash = style.dashOf(key);
  if (typeof value === 'string' || dash === null) return [flowPair(key, value, style)];
  const items = value.map((item) => `${' '.repeat(dash)}- ${yamlText(item, style.quoteOf(key))}`);
  return [`${style.keyQuote}${key}${style.keyQuote}:`, ...items];
}

function flowPair(key: string, value: string | readonly string[], style: EntryStyle): string {
  const quote = style.quoteOf(key);
  const shown =
    typeof value === 'string'
      ? yamlText(value, quote)
      : `[${value.map((item) => yamlText(item, quote)).join(', ')}]`;
  return `${style.keyQuote}${key}${style.keyQuote}: ${shown}`;
}

/** `{ name: …, … }`, without indentation. */
export function flowEntry(node: NewNode, style: EntryStyle, layout: FlowLayout): string {
  const pairs = pairsOf(node).map(([key, value]) => flowPair(key, value, style));
  if (!layout.lines) return `{${layout.pad}${pairs.join(', ')}${layout.pad}}`;
  const inner = style.eol + ' '.repeat(layout.keyColumn);
  const end = style.eol + ' '.repeat(layout.endColumn);
  return `{${inner}${pairs.join(`,${inner}`)}${layout.lastComma ? ',' : ''}${end}}`;
}

/** The style of the entries of a list; the last ones count most. */
export function styleOf(text: string, entries: readonly Span[]): EntryStyle {
  const pairs = entries.toReversed().flatMap(valuesOf);
  const sample = (key: string) => pairs.find((pair) => pair.key === key);
  const name = sample('name');
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    keyQuote: name?.keyQuote ?? '',
    quoteOf: (key) => quoteIn((sample(key) ?? name)?.value),
    dashOf: (key) => {
      const list = pairs.find((pair) => pair.key === key && pair.value.kind === 'sequence');
      if (list?.value.kind !== 'sequence' || list.value.flow) return null;
      return column(text, list.value.start) - column(text, list.keyStart);
    },
  };
}

/** The keys and values of an entry that are its own, not an alias's. */
function valuesOf(entry: Span) {
  if (entry.kind !== 'mapping') return [];
  return entry.children.flatMap((key, index) => {
    const value = entry.children[index + 1];
    if (index % 2 === 1 || key.kind !== 'scalar' || value === undefined) return [];
    return [{ key: key.text, keyQuote: key.quote, keyStart: key.start, value }];
  });
}

function quoteIn(value: Span | undefined): Quote {
  if (value?.kind === 'scalar') return value.quote;
  return value?.kind === 'sequence' ? quoteIn(value.children[0]) : '';
}

/** The layout of a mapping in braces. */
export function flowLayoutOf(text: string, entry: Span | undefined): FlowLayout {
  const first = entry?.kind === 'mapping' ? entry.children[0] : undefined;
  const last = entry?.kind === 'mapping' ? entry.children.at(-1) : undefined;
  if (entry === undefined || first === undefined || last === undefined)
    return { lines: false, pad: ' ' };
  const lead = text.slice(text.indexOf('{', entry.start) + 1, first.start);
  if (!lead.includes('\n')) return { lines: false, pad: lead.trim() === '' ? lead : ' ' };
  return {
    lines: true,
    keyColumn: column(text, first.start),
    endColumn: leadingSpaces(text, entry.end),
    lastComma: text.slice(last.end, entry.end).includes(','),
  };
}

/** How many spaces begin the line that holds an offset. */
function leadingSpaces(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^ */.exec(text.slice(start))?.[0].length ?? 0;
}

/** Zero-based column of an offset; a byte order mark takes none. */
export function column(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return offset - start - (start === 0 && text.startsWith('\uFEFF') ? 1 : 0);
}
