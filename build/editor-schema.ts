// nodes.schema.json: nodes.yaml for editors, generated from the schema that the build checks with.
// Its test keeps the file up to date.
import { z } from 'zod';
import { KEY_NOTES } from './editor-keys.ts';
import type { KeyNote } from './key-note.ts';
import { inventorySchema } from './schema.ts';

/** A JSON schema (draft 7, which every editor's YAML support knows). */
export type JsonSchema = { [keyword: string]: unknown };

/** The editor's schema accepts all that the build accepts, and what only the build can reject. */
export function editorSchema(source = inventorySchema, notes = KEY_NOTES): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(source, { target: 'draft-7', io: 'input' });
  const defaults = new Map(keys(schema).map(([path, property]) => [path, property.default]));
  const { $schema, ...root } = edit(schema, '', {
    noteOf: (path) => notes[path] ?? notes[shared(path)],
    defaultOf: (path) => defaults.get(path) ?? defaults.get(shared(path)),
  });
  return { $schema, title: 'HomePBP inventory (nodes.yaml)', ...root };
}

/** Every key that nodes.yaml may have, such as `genesis.http_port`; list items add no step. */
export function keyPaths(schema: JsonSchema): string[] {
  return keys(schema).map(([path]) => path);
}

function keys(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const below = Object.entries(propertiesOf(schema)).flatMap(
    ([key, property]): [string, JsonSchema][] => {
      const at = childPath(path, key);
      return [[at, property], ...keys(property, at)];
    },
  );
  return [...below, ...branchesOf(schema).flatMap((branch) => keys(branch, path))];
}

/** Keys that `defaults:` has too are described there. */
function shared(path: string): string {
  return path.replace(/^nodes\./, 'defaults.');
}

function childPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** What is known about a key besides its type. */
interface Facts {
  readonly noteOf: (path: string) => KeyNote | undefined;
  readonly defaultOf: (path: string) => unknown;
}

/** The schema of a value at a path, plus what zod cannot express. */
function edit(schema: JsonSchema, path: string, facts: Facts): JsonSchema {
  const { anyOf, items, properties, default: _, ...own } = schema;
  const edited: JsonSchema = own;
  if (anyOf !== undefined)
    edited.anyOf = branchesOf({ anyOf }).map((one) => edit(one, path, facts));
  if (items !== undefined) edited.items = edit(items as JsonSchema, path, facts);
  if (own.type === 'string') takeNumbers(edited, facts.noteOf(path));
  if (own.type === 'integer' && own.maximum === Number.MAX_SAFE_INTEGER) delete edited.maximum;
  if (properties === undefined) return edited;
  edited.properties = Object.fromEntries(
    Object.entries(propertiesOf(schema)).map(([key, property]) => {
      const at = childPath(path, key);
      return [key, { ...annotations(at, facts), ...edit(property, at, facts) }];
    }),
  );
  edited.patternProperties = {
    '^x-': { description: 'Yours, such as for anchors; the build ignores it.' },
  };
  return edited;
}

/**
 * The build reads numbers as text where it wants text, so `release: 24.04` and `mac: 525400001201`
 * are valid. A pattern is applied to strings only.
 */
function takeNumbers(schema: JsonSchema, note: KeyNote | undefined) {
  const choices = choicesOf(schema);
  if (choices === undefined) {
    schema.type = ['string', 'number'];
    if (note?.pattern !== undefined) schema.pattern = note.pattern;
    if (note?.expected !== undefined) schema.patternErrorMessage = note.expected;
  } else if (choices.every((choice) => !Number.isNaN(Number(choice)))) {
    schema.type = ['string', 'number'];
    schema.enum = [...choices, ...choices.map(Number)];
  }
}

function choicesOf({ enum: choices, const: only }: JsonSchema): unknown[] | undefined {
  return only === undefined ? (choices as unknown[] | undefined) : [only];
}

function annotations(path: string, { noteOf, defaultOf }: Facts): JsonSchema {
  const { description, examples } = noteOf(path) ?? {};
  const fallback = defaultOf(path);
  return {
    ...(description !== undefined && { description }),
    ...(examples !== undefined && { examples }),
    ...(isTelling(fallback) && { default: fallback }),
  };
}

/** A default of false, or an empty list or mapping, goes without saying. */
function isTelling(value: unknown): boolean {
  return value !== undefined && value !== false && typeof value !== 'object';
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

/** The alternatives for a value, and the items of a list. */
function branchesOf({ anyOf, items }: JsonSchema): JsonSchema[] {
  return [
    ...((anyOf ?? []) as JsonSchema[]),
    ...(items === undefined ? [] : [items as JsonSchema]),
  ];
}

/** The text of nodes.schema.json, formatted as biome does: short lists on one line. */
export function editorSchemaText(schema = editorSchema()): string {
  const listOfScalars = /^(.*)\[\n((?:\s+(?:"(?:[^"\\\n]|\\.)*"|[\d.]+),?\n)+)\s+\]/gm;
  const text = JSON.stringify(schema, null, 2).replaceAll(listOfScalars, (whole, before, items) => {
    const line = `${before}[${items.trim().replaceAll(/,\n\s+/g, ', ')}]`;
    return line.length < 100 ? line : whole;
  });
  return `${text}\n`;
}
