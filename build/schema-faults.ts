// zod issues → faults in terms of nodes.yaml.
import type { z } from 'zod';
import { KEY_SYNONYMS, VALUE_SYNONYMS } from '../contract/synonyms.ts';
import { nearest } from '../messages/nearest.ts';
import type { Fault } from './faults.ts';
import { placeOfKey } from './key-places.ts';
import { withPrefix } from './missing-prefix.ts';
import { notYet } from './not-yet.ts';
import { inventorySchema } from './schema.ts';
import { alternatives, definition, schemaAt, shape } from './values.ts';
import type { YamlNode } from './yaml.ts';
import { keyOffset, offsetAt, type Path } from './yaml-path.ts';

type Issue = z.core.$ZodIssue;

/** One fault per schema violation. */
export function schemaFaults(error: z.ZodError, root: YamlNode, document: unknown): Fault[] {
  const faults = error.issues.flatMap((issue) => issueFaults(issue, [], root, document));
  // Text in place of a list is also 'too long': the same message twice at one place.
  const seen = new Map(faults.map((fault) => [`${fault.offset} ${fault.message}`, fault]));
  return [...seen.values()];
}

function issueFaults(issue: Issue, above: Path, root: YamlNode, document: unknown): Fault[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  const value = valueAt(document, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, path, root));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch !== undefined)
      return branch.flatMap((inner) => issueFaults(inner, path, root, document));
  }
  if (value === undefined) {
    const message = `${owner(path, document)} has no '${path.at(-1)}'`;
    const hint = `add '${path.at(-1)}: …' (${wanted(path)})`;
    return [{ offset: offsetAt(root, path), message, hint }];
  }
  const fault = { offset: offsetAt(root, path), ...describe(issue, path, value) };
  const better = isNodeIp(path) ? withPrefix(String(value), document) : undefined;
  return [better === undefined ? fault : { ...fault, hint: `such as ${better}` }];
}

function isNodeIp(path: Path): boolean {
  return path[0] === 'nodes' && path[2] === 'ip';
}

/** Pick the union branch that matched deepest: its faults are below the value, or are our own. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return (
    branches.find((issues) => issues.some(({ path }) => path.length > 0)) ??
    branches.find((issues) => issues.some(({ code }) => code === 'custom'))
  );
}

function unknownKey(key: string, path: Path, root: YamlNode): Fault {
  const known = Object.keys(shape(schemaAt(inventorySchema, path)) ?? {});
  return {
    offset: keyOffset(root, [...path, key]),
    message: `unknown key '${key}'`,
    hint: notYet(key) ?? meantKey(key, path, known) ?? knownKeys(known),
  };
}

/** A key that is right elsewhere, or one of here that is much like it. */
function meantKey(key: string, path: Path, known: readonly string[]): string | undefined {
  const near = nearest(key, known, KEY_SYNONYMS);
  const place = placeOfKey(key, path);
  if (place === undefined) return near && `did you mean '${near}'?`;
  return `it belongs ${place}${near === undefined ? '' : `; or did you mean '${near}'?`}`;
}

function knownKeys(known: readonly string[]): string {
  return known.length === 0 ? 'no keys are allowed here' : `valid keys: ${known.join(', ')}`;
}

function describe(
  issue: Issue,
  path: Path,
  value: unknown,
): { message: string; hint?: string | undefined } {
  const key = label(path);
  if (issue.code === 'custom') {
    const message = `${key}: ${show(value)} ${issue.message}`;
    return { message, hint: issue.params?.hint };
  }
  if (value === null)
    return {
      message: `${key} has no value`,
      hint: `add a value (${wanted(path)}), or remove the key`,
    };
  if (issue.code === 'too_small' && Array.isArray(value)) {
    return {
      message: `${key} is an empty list`,
      hint: 'add at least one entry, or remove the key',
    };
  }
  const choices = options(path);
  if (choices.length > 0 && typeof value !== 'object') {
    const near = nearest(String(value), choices, VALUE_SYNONYMS);
    return {
      message: `${key}: ${show(value)} is not ${wanted(path)}`,
      hint: near === undefined ? undefined : `did you mean '${near}'?`,
    };
  }
  return { message: `${key}: ${show(value)} is not ${wanted(path)}` };
}

/** What the schema expects at a path, in words. */
function wanted(path: Path): string {
  const choices = options(path);
  const words = kindsAt(path).flatMap(({ type }) => WORDS[type] ?? []);
  if (choices.length > 1) words.unshift(`one of ${choices.join(', ')}`);
  else words.unshift(...choices);
  return [...new Set(words)].join(' or ') || 'valid';
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number in range',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

function kindsAt(path: Path) {
  return alternatives(schemaAt(inventorySchema, path)).flatMap(
    (schema) => definition(schema) ?? [],
  );
}

/** The allowed words at a path; empty when any will do. */
function options(path: Path): string[] {
  return kindsAt(path).flatMap((def) => {
    if (def.type === 'enum') return Object.values(def.entries).map(String);
    return def.type === 'literal' ? def.values.map(String) : [];
  });
}

/** The last key of a path; list items get their number, counted from 1. */
function label(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number' ? `${String(path.at(-2))} number ${last + 1}` : `'${last}'`;
}

/** Where a key is missing: a node by its name, or the mapping around it. */
function owner(path: Path, document: unknown): string {
  if (path[0] !== 'nodes' || typeof path[1] !== 'number') return label(path.slice(0, -1));
  const name = valueAt(document, ['nodes', path[1], 'name']);
  return typeof name === 'string' ? name : `node number ${path[1] + 1}`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = String(value);
  return `'${text.length > 60 ? `${text.slice(0, 57)}…` : text}'`;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    document,
  );
}
