// YAML text → where each value begins and ends, and how it is written. For edits that keep the rest
// byte for byte; yaml.ts reads the meaning.
import {
  type AliasEvent,
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';

/** How a value is written. */
export type Quote = '' | '"' | "'";

interface Extent {
  /** Its first character, including its anchor or tag. */
  readonly start: number;
  /** After its last character; for an empty value, after what precedes it. */
  readonly end: number;
}

export interface ScalarSpan extends Extent {
  readonly kind: 'scalar';
  readonly text: string;
  readonly quote: Quote;
  /** Nothing is written there. */
  readonly empty: boolean;
}

export interface CollectionSpan extends Extent {
  readonly kind: 'sequence' | 'mapping';
  /** In brackets or braces. */
  readonly flow: boolean;
  /** Items; of a mapping, keys and values in turn. */
  readonly children: readonly Span[];
}

export interface AliasSpan extends Extent {
  readonly kind: 'alias';
}

export type Span = ScalarSpan | CollectionSpan | AliasSpan;

/**
 * The value of the first document of a text; null when there is none.
 * @throws {YAMLException} when the text is not YAML
 */
export function parseSpans(text: string): Span | null {
  const [document, ...events] = parseEvents(text, {});
  if (document?.type !== EVENT_ID.DOCUMENT || events[0]?.type === EVENT_ID.POP) return null;
  return new SpanBuilder(text, events).next();
}

class SpanBuilder {
  readonly #text: string;
  readonly #events: readonly Event[];
  #next = 0;
  /** The end of the last value read. */
  #end = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  next(): Span {
    const event = this.#events[this.#next++];
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event?.type === EVENT_ID.SCALAR) return this.#scalar(event);
    if (event?.type === EVENT_ID.SEQUENCE) return this.#collection(event, 'sequence');
    if (event?.type === EVENT_ID.MAPPING) return this.#collection(event, 'mapping');
    throw new Error(`unexpected YAML event ${event?.type}`);
  }

  #alias({ anchorStart, anchorEnd }: AliasEvent): AliasSpan {
    this.#end = anchorEnd;
    return { kind: 'alias', start: anchorStart - 1, end: anchorEnd };
  }

  #scalar(event: ScalarEvent): ScalarSpan {
    const empty = event.valueStart === -1;
    const quote = quoteOf(event);
    const start = startOf(event, empty ? this.#end : event.valueStart - quote.length);
    this.#end = Math.max(this.#end, event.anchorEnd, event.tagEnd, this.#valueEnd(event));
    const text = empty ? '' : getScalarValue(this.#text, event);
    return { kind: 'scalar', start, end: this.#end, text, quote, empty };
  }

  /** Trailing blank lines belong to a block scalar only with `|+`. */
  #valueEnd(event: ScalarEvent): number {
    const { style, chomping, valueStart, valueEnd } = event;
    const block = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    if (!block || chomping === CHOMPING_MODE.KEEP) return valueEnd + quoteOf(event).length;
    return valueStart + this.#text.slice(valueStart, valueEnd).trimEnd().length;
  }

  #collection(event: SequenceEvent | MappingEvent, kind: CollectionSpan['kind']): CollectionSpan {
    const flow = event.style === COLLECTION_STYLE.FLOW;
    // `[a: b]` holds a mapping without braces.
    const closed = flow && /[[{]/.test(this.#text.charAt(event.start));
    this.#end = Math.max(this.#end, event.anchorEnd, event.tagEnd, closed ? event.start + 1 : 0);
    const children: Span[] = [];
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) children.push(this.next());
    this.#next += 1;
    if (closed) this.#end = skipTrivia(this.#text, this.#end, /[\]}]/) + 1;
    return { kind, start: startOf(event, event.start), end: this.#end, flow, children };
  }
}

function quoteOf({ style }: ScalarEvent): Quote {
  if (style === SCALAR_STYLE.SINGLE_QUOTED) return "'";
  return style === SCALAR_STYLE.DOUBLE_QUOTED ? '"' : '';
}

/** The first of anchor, tag and value. Events give anchors without `&`, tags with `!`. */
function startOf(
  { anchorStart, tagStart }: ScalarEvent | SequenceEvent | MappingEvent,
  value: number,
) {
  return Math.min(
    value,
    anchorStart === -1 ? value : anchorStart - 1,
    tagStart === -1 ? value : tagStart,
  );
}

/** The first match outside comments from `offset` on, or the end of the text. */
export function skipTrivia(text: string, offset: number, wanted: RegExp): number {
  for (let at = offset; at < text.length; at += 1) {
    if (text[at] === '#' && /^$|\s/.test(text.charAt(at - 1))) at = lineEnd(text, at);
    else if (wanted.test(text.charAt(at))) return at;
  }
  return text.length;
}

/** Where the line at `offset` ends, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end === -1) return text.length;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}
