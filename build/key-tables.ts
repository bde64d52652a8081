// docs/nodes-yaml.md: every key of nodes.yaml, generated from the editor schema. Its test keeps the
// file up to date.
import { editorSchema, type JsonSchema } from './editor-schema.ts';

const INTRODUCTION = `# nodes.yaml, key by key

Generated from the schema that the build checks with; do not edit. To update it after a change to
\`build/schema/\`, \`build/defaults.ts\` or \`build/editor-keys.ts\`:
\`node --test --test-update-snapshots build/key-tables.test.ts\`.

Only \`nodes\`, with a \`name\` and a \`mac\` for each, is required. Keys that start with \`x-\` are yours, in any
mapping: the build ignores them, so they are a place for YAML anchors. Plain values that look like numbers
(\`release: 24.04\`, \`mac: 001122334455\`) are read as written. Errors are reported as
\`nodes.yaml:LINE:COLUMN\`, all of them in one run.

Every key of \`defaults\` may also be set on a node in \`nodes\`, where it takes precedence.
`;

/** The text of docs/nodes-yaml.md. */
export function keyTables(schema = editorSchema()): string {
  return [INTRODUCTION, ...sections(schema, '')].join('\n');
}

/** A section for each mapping with keys, outer ones first. */
function sections(schema: JsonSchema, path: string): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, property]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const mapping = mappingOf(property);
    if (mapping === null) return [];
    return [section(at, String(property.description), mapping, schema), ...sections(mapping, at)];
  });
}

function section(path: string, description: string, mapping: JsonSchema, parent: JsonSchema) {
  // A node's keys that `defaults` has too are listed once, there.
  const said = path === 'nodes' ? propertiesOf(propertiesOf(parent).defaults ?? {}) : {};
  const own = Object.entries(propertiesOf(mapping)).filter(([key]) => !Object.hasOwn(said, key));
  const required = (mapping.required ?? []) as string[];
  const rows = own.map(([key, property]) => row(key, property, required.includes(key)));
  const head = [
    '| key | description | value | default | example |',
    '| --- | --- | --- | --- | --- |',
  ];
  const table = rows.length === 0 ? ['It has no keys yet.'] : [...head, ...rows];
  return `## ${path}\n\n${description}\n\n${table.join('\n')}\n`;
}

function row(key: string, property: JsonSchema, isRequired: boolean): string {
  // Booleans default to false.
  const fallback = property.default ?? (property.type === 'boolean' ? false : undefined);
  const cells = [
    code(key),
    String(property.description),
    takes(property),
    isRequired ? 'none, required' : fallback === undefined ? '' : code(fallback),
    example(property),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The values that a key takes, in words. */
function takes(schema: JsonSchema): string {
  const { anyOf, items, type, enum: choices, const: only, patternErrorMessage } = schema;
  if (anyOf !== undefined) return eitherOf(anyOf as JsonSchema[]);
  if (items !== undefined) return `a list: ${takes(items as JsonSchema)}`;
  if (only !== undefined) return code(only);
  if (choices !== undefined)
    return texts(choices as unknown[])
      .map(code)
      .join(', ');
  if (mappingOf(schema) !== null) return 'a mapping, see below';
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'integer') return range(schema);
  return patternErrorMessage === undefined ? 'text' : String(patternErrorMessage);
}

function eitherOf(kinds: readonly JsonSchema[]): string {
  const [one = '', ...others] = kinds.map(takes);
  return [one, ...others.map((kind) => kind.replace(`list: ${one}`, 'list of them'))].join('; or ');
}

/** Numbers among them repeat a choice as YAML reads it. */
function texts(choices: readonly unknown[]): readonly unknown[] {
  return choices.filter((choice) => typeof choice === 'string');
}

function range({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const least = minimum ?? (exclusiveMinimum === undefined ? 0 : Number(exclusiveMinimum) + 1);
  return maximum === undefined
    ? `a whole number, ${least} or more`
    : `a whole number from ${least} to ${maximum}`;
}

/** A value as written in nodes.yaml; mappings show theirs in their own section. */
function example(schema: JsonSchema): string {
  if (mappingOf(schema) !== null) return '';
  const [first] = (schema.examples ?? []) as unknown[];
  const others = texts((schema.enum ?? []) as unknown[]).filter((one) => one !== schema.default);
  const value = first ?? others[0] ?? schema.default ?? true;
  return code(schema.items === undefined ? value : `[${value}]`);
}

/** The mapping that a key holds, also as list items; null for anything else. */
function mappingOf(schema: JsonSchema): JsonSchema | null {
  const inner = (schema.items as JsonSchema | undefined) ?? schema;
  return inner.type === 'object' ? inner : null;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

function code(value: unknown): string {
  return `\`${value}\``;
}
