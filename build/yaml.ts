// YAML text → a tree with the place of each key and value, and the spelling of each scalar.
import {
  type AliasEvent,
  CORE_SCHEMA,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type { Fault } from './faults.ts';

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  /** As written: `24.10` stays `24.10`, `001122334455` keeps its zeros. */
  readonly text: string;
  /** What YAML 1.2 makes of it: null, boolean, number or string. */
  readonly value: unknown;
}

export interface YamlSequence {
  readonly kind: 'sequence';
  readonly offset: number;
  readonly items: readonly YamlNode[];
}

export interface YamlEntry {
  readonly keyOffset: number;
  readonly value: YamlNode;
}

export interface YamlMapping {
  readonly kind: 'mapping';
  readonly offset: number;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export type YamlNode = YamlScalar | YamlSequence | YamlMapping;

/**
 * Parses one YAML document. Anchors, aliases and merge keys (`<<`) are resolved; a duplicate
 * key, an unknown alias, an explicit tag or a second document is a fault.
 * @returns the root, null when the text is not YAML or has no document
 */
export function parseYaml(text: string): { root: YamlNode | null; faults: readonly Fault[] } {
  let events: Event[];
  try {
    events = parseEvents(text, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { root: null, faults: [syntaxFault(error, text)] };
  }
  return new TreeBuilder(text, events).build();
}

function syntaxFault(error: YAMLException, text: string): Fault {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const message = `invalid YAML: ${error.reason}`;
  return { offset, message, hint: syntaxHint(error.reason, text) };
}

function syntaxHint(reason: string, text: string): string | undefined {
  if (/^ *\t/m.test(text)) return 'indent YAML with spaces, not tabs';
  if (reason === 'deficient indentation') return 'is a [, { or quote left open above?';
  return undefined;
}

/** Merge keys add more entries than this only in an alias bomb. */
const MAX_MERGED = 1_000_000;

type Opening = Exclude<Event, ScalarEvent | AliasEvent | { type: typeof EVENT_ID.POP }>;

class TreeBuilder {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, YamlNode>();
  readonly #faults: Fault[] = [];
  #next = 0;
  /** How many entries and mappings have been merged. */
  #merged = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  build(): { root: YamlNode | null; faults: readonly Fault[] } {
    let root: YamlNode | null = null;
    if (this.#take()?.type === EVENT_ID.DOCUMENT && !this.#atEnd()) root = this.#node();
    this.#next += 1;
    const second = this.#events[this.#next];
    if (second !== undefined) {
      this.#fault(
        offsetOf(this.#events[this.#next + 1] ?? second),
        'a second YAML document starts here',
        'keep one document: remove the --- line',
      );
    }
    return { root, faults: this.#faults };
  }

  #take(): Event | undefined {
    return this.#events[this.#next++];
  }

  /** Whether the collection or document that is open ends here. */
  #atEnd(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #fault(offset: number, message: string, hint?: string) {
    this.#faults.push({ offset, message, hint });
  }

  #node(): YamlNode {
    const event = this.#take();
    if (event === undefined) throw new Error('YAML events ended inside a document');
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event.type === EVENT_ID.SCALAR) return this.#anchored(event, this.#scalar(event));
    if (event.type === EVENT_ID.SEQUENCE) return this.#anchored(event, this.#sequence(event.start));
    if (event.type === EVENT_ID.MAPPING) return this.#anchored(event, this.#mapping(event.start));
    throw new Error(`unexpected YAML event ${event.type}`);
  }

  #anchored(
    event: Exclude<Opening | ScalarEvent, { type: typeof EVENT_ID.DOCUMENT }>,
    node: YamlNode,
  ): YamlNode {
    if (event.tagStart !== -1) {
      this.#fault(
        event.tagStart,
        `the tag '${this.#text.slice(event.tagStart, event.tagEnd)}' is not supported`,
        'remove it; quote text that looks like a number',
      );
    }
    if (event.anchorStart !== -1) {
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), node);
    }
    return node;
  }

  #alias(event: AliasEvent): YamlNode {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const node = this.#anchors.get(name);
    if (node !== undefined) return node;
    this.#fault(event.anchorStart - 1, `the alias *${name} has no anchor &${name} above it`);
    return { kind: 'scalar', offset: event.anchorStart - 1, text: '', value: null };
  }

  #scalar(event: ScalarEvent): YamlScalar {
    const offset = event.valueStart === -1 ? this.#offsetBefore() : quoteStart(event);
    const text = getScalarValue(this.#text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    const value = plain ? CORE_SCHEMA.resolveImplicitScalarTag(text).value : text;
    return { kind: 'scalar', offset, text, value };
  }

  /** The place of an empty value: right after its key. */
  #offsetBefore(): number {
    for (let index = this.#next - 2; index >= 0; index -= 1) {
      const event = this.#events[index];
      if (event?.type === EVENT_ID.SCALAR && event.valueEnd !== -1) {
        return Math.min(event.valueEnd, this.#text.length);
      }
    }
    return 0;
  }

  #sequence(offset: number): YamlSequence {
    const items: YamlNode[] = [];
    while (!this.#atEnd()) items.push(this.#node());
    this.#next += 1;
    return { kind: 'sequence', offset, items };
  }

  #mapping(offset: number): YamlMapping {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlEntry[] = [];
    while (!this.#atEnd()) {
      const key = this.#node();
      const entry = { keyOffset: key.offset, value: this.#node() };
      if (key.kind !== 'scalar') this.#fault(key.offset, 'a key must be plain text');
      // An object cannot have it as its own key, so the schema would not see it.
      else if (key.text === '__proto__') this.#fault(key.offset, "unknown key '__proto__'");
      else if (key.text === '<<' && merged[0] === undefined) merged.push(entry);
      else if (key.text === '<<') this.#duplicate(key, merged[0], 'use <<: [*ONE, *OTHER]');
      else if (entries.has(key.text)) this.#duplicate(key, entries.get(key.text));
      else entries.set(key.text, entry);
    }
    this.#next += 1;
    for (const entry of merged) this.#merge(entries, entry.value);
    return { kind: 'mapping', offset, entries };
  }

  #duplicate(key: YamlScalar, first: YamlEntry | undefined, fix = 'keep one of them') {
    const line = this.#text.slice(0, first?.keyOffset ?? 0).split(/\r\n|\r|\n/).length;
    this.#fault(
      key.offset,
      `duplicate key '${key.text}' in this mapping`,
      `the first one is on line ${line}: ${fix}`,
    );
  }

  /** YAML merge key: the mapping's own keys win; in a list, the earlier mapping wins. */
  #merge(entries: Map<string, YamlEntry>, from: YamlNode) {
    if (this.#merged > MAX_MERGED) return;
    this.#merged += from.kind === 'mapping' ? from.entries.size + 1 : 1;
    if (this.#merged > MAX_MERGED) {
      const message = "'<<' merges more than a million entries";
      this.#fault(from.offset, message, 'merge fewer mappings into each other');
    } else if (from.kind === 'sequence') {
      for (const item of from.items) this.#merge(entries, item);
    } else if (from.kind === 'mapping') {
      for (const [key, entry] of from.entries) if (!entries.has(key)) entries.set(key, entry);
    } else {
      this.#fault(
        from.offset,
        "'<<' merges mappings only",
        'use <<: *anchor, where &anchor marks a mapping',
      );
    }
  }
}

function quoteStart(event: ScalarEvent): number {
  const quoted =
    event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return quoted ? event.valueStart - 1 : event.valueStart;
}

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return Math.max(event.valueStart, 0);
  if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) return event.start;
  return event.type === EVENT_ID.ALIAS ? event.anchorStart : 0;
}
