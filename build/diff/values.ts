// Differences in the meaning of YAML and JSON, by key path.
import { load } from 'js-yaml';
import { type Change, change, itemChanges } from './change.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** Keys that identify list items, if unique. */
const IDENTITIES = ['path', 'name', 'to'];

/** The differences between two values at a key path. */
export function valueChanges(at: string, before: unknown, after: unknown): Change[] {
  if (canonical(before) === canonical(after)) return [];
  if (isMapping(before) && isMapping(after)) return mappingChanges(at, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(at, before, after);
  if (typeof before === 'string' && typeof after === 'string')
    return textChanges(at, before, after);
  return [change('value', at, shown(before), shown(after))];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mappingChanges(at: string, before: Mapping, after: Mapping): Change[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    valueChanges(below(at, key), own(before, key), own(after, key)),
  );
}

/** Undefined for a missing key, and for inherited ones. */
function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

function below(at: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${at}[${JSON.stringify(key)}]`;
  return at === '' ? key : `${at}.${key}`;
}

function listChanges(at: string, before: readonly unknown[], after: readonly unknown[]): Change[] {
  for (const identity of IDENTITIES) {
    const [left, right] = [byIdentity(before, identity), byIdentity(after, identity)];
    if (left !== null && right !== null) return keyedChanges(at, left, right);
  }
  const mappings = [...before, ...after].every(isMapping);
  if (mappings && before.length === after.length)
    return before.flatMap((item, index) => valueChanges(`${at}[${index}]`, item, after[index]));
  return itemChanges(at, before.map(canonical), after.map(canonical));
}

/** List items by their identifying key; null when it is not unique. */
function byIdentity(list: readonly unknown[], identity: string): Map<string, unknown> | null {
  const names = list.map((item) => (isMapping(item) ? own(item, identity) : undefined));
  const named = names.filter((name) => typeof name === 'string');
  if (named.length < list.length || new Set(named).size < list.length) return null;
  return new Map(named.map((name, index) => [name, list[index]]));
}

function keyedChanges(
  at: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Change[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  const changes = [...names].flatMap((name) =>
    valueChanges(`${at}[${name}]`, before.get(name), after.get(name)),
  );
  const [left, right] = [
    [...before.keys()].filter((name) => after.has(name)),
    [...after.keys()].filter((name) => before.has(name)),
  ];
  if (canonical(left) !== canonical(right)) changes.push(change('order', at, left, right));
  return changes;
}

/** Also compares structured texts (files in write_files, parts of an archive). */
function textChanges(at: string, before: string, after: string): Change[] {
  const [left, right] = [structureOf(before), structureOf(after)];
  if (left !== null && right !== null) {
    const changes = valueChanges(at, left, right);
    if (changes.length > 0) return changes;
  }
  if (!`${before}${after}`.includes('\n'))
    return [change('value', at, shown(before), shown(after))];
  return itemChanges(at, before.split('\n'), after.split('\n'));
}

function structureOf(text: string): unknown {
  if (!/^(\{|\[|#cloud-config)/.test(text)) return null;
  try {
    return load(text);
  } catch {
    return null;
  }
}

/** JSON on one line; nothing for a missing value. */
function shown(value: unknown): string[] {
  return value === undefined ? [] : [canonical(value)];
}

/** The same text for equal values, whatever the key order. */
function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    isMapping(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted) ?? '';
}
