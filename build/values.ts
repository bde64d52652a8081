// YAML tree + schema → plain values. Where the schema wants text, a plain scalar keeps its spelling
// (`24.10`, `001122334455`) instead of becoming a number.
import type { z } from 'zod';
import type { YamlNode } from './yaml.ts';

type Schema = z.core.$ZodType;
/** zod's own description of a schema, by kind. */
type Definition = z.core.$ZodTypes['_zod']['def'];

/** More than this is an alias bomb. */
const MAX_VALUES = 1_000_000;

export class TooManyValues extends Error {}

/**
 * The value of a node for a schema. Keys that start with `x-` are dropped.
 * @throws {TooManyValues} when aliases expand without bounds
 */
export function toValue(root: YamlNode, schema: Schema): unknown {
  let count = 0;
  const convert = (node: YamlNode, wanted: Schema | undefined): unknown => {
    count += 1;
    if (count > MAX_VALUES) throw new TooManyValues();
    if (node.kind === 'scalar') return acceptsText(wanted, node.value) ? node.text : node.value;
    if (node.kind === 'sequence') return node.items.map((item) => convert(item, element(wanted)));
    return Object.fromEntries(
      [...node.entries]
        .filter(([key]) => !key.startsWith('x-'))
        .map(([key, entry]) => [key, convert(entry.value, property(wanted, key))]),
    );
  };
  return convert(root, schema);
}

export function definition(schema: Schema | undefined): Definition | undefined {
  return (schema as z.core.$ZodTypes | undefined)?._zod.def;
}

/**
 * The schemas behind `schema`: itself, or those it wraps when it is optional, a union or a
 * transform.
 */
export function alternatives(schema: Schema | undefined): Schema[] {
  const def = definition(schema);
  if (schema === undefined || def === undefined) return [];
  if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault') {
    return alternatives(def.innerType);
  }
  if (def.type === 'pipe') return alternatives(def.in);
  if (def.type === 'union') return def.options.flatMap(alternatives);
  return [schema];
}

/** Whether to read a scalar as text. Numbers stay numbers where the schema accepts them too. */
function acceptsText(schema: Schema | undefined, value: unknown): boolean {
  if (value === null) return false;
  const kinds = alternatives(schema).map((option) => definition(option)?.type);
  if (typeof value === 'number' && kinds.includes('number')) return false;
  return kinds.some((kind) => kind === 'string' || kind === 'enum' || kind === 'literal');
}

function element(schema: Schema | undefined): Schema | undefined {
  for (const option of alternatives(schema)) {
    const def = definition(option);
    if (def?.type === 'array') return def.element;
  }
  return undefined;
}

/** The schema of one key of a mapping; undefined for an unknown key. */
export function property(schema: Schema | undefined, key: string): Schema | undefined {
  const keys = shape(schema);
  return keys !== null && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** The keys that a mapping may have here; null when the schema wants something else. */
export function shape(schema: Schema | undefined): Readonly<Record<string, Schema>> | null {
  for (const option of alternatives(schema)) {
    const def = definition(option);
    if (def?.type === 'object') return def.shape;
  }
  return null;
}

/** The schema at a path below `schema`. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[]): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (at, step) => (typeof step === 'number' ? element(at) : property(at, String(step))),
    schema,
  );
}
