// docs/nodes-yaml.md: every key of nodes.yaml, made from what editors are told of them. Its test
// keeps the file fresh.
import { editorSchema, type JsonSchema } from './editor-schema.ts';

const INTRODUCTION = `# nodes.yaml, key by key

Made from the schema that the build checks with; do not edit it here. To refresh it after a change to
\`build/schema/\`, \`build/defaults.ts\` or \`build/editor-keys.ts\`:
\`node --test --test-update-snapshots build/key-tables.test.ts\`.

Only \`nodes\`, and in it \`name\` and \`mac\`, must be there. Keys that start with \`x-\` are yours, in every
mapping: the build ignores them, and YAML anchors can live there. Plain values that look like numbers
(\`release: 24.04\`, \`mac: 001122334455\`) are read as they are written. A fault is reported as
\`nodes.yaml:LINE:COLUMN\`, all of them in one run.

Every key of \`defaults\` may also be given for one node in \`nodes\`, where it wins.
`;

/** The text of docs/nodes-yaml.md. */
export function keyTables(schema = editorSchema()): string {
  return [INTRODUCTION, ...sections(schema, '')].join('\n');
}

/** A section for each mapping that has keys, the outer one first. */
function sections(schema: JsonSchema, path: string): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, property]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const mapping = mappingOf(property);
    if (mapping === null) return [];
    return [section(at, String(property.description), mapping, schema), ...sections(mapping, at)];
  });
}

function section(path: string, description: string, mapping: JsonSchema, parent: JsonSchema) {
  // A node's keys that `defaults` has too are said once, there.
  const said = path === 'nodes' ? propertiesOf(propertiesOf(parent).defaults ?? {}) : {};
  const own = Object.entries(propertiesOf(mapping)).filter(([key]) => !Object.hasOwn(said, key));
  const required = (mapping.required ?? []) as string[];
  const rows = own.map(([key, property]) => row(key, property, required.includes(key)));
  const head = [
    '| key | what it is | takes | default | example |',
    '| --- | --- | --- | --- | --- |',
  ];
  const table = rows.length === 0 ? ['It has no keys yet.'] : [...head, ...rows];
  return `## ${path}\n\n${description}\n\n${table.join('\n')}\n`;
}

function row(key: string, property: JsonSchema, isRequired: boolean): string {
  // What is true or false is off unless it is asked for.
  const fallback = property.default ?? (property.type === 'boolean' ? false : undefined);
  const cells = [
    code(key),
    String(property.description),
    takes(property),
    isRequired ? 'none, it must be there' : fallback === undefined ? '' : code(fallback),
    example(property),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** What may stand at a key, in words. */
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

/** The numbers among them are the same choices as YAML reads them. */
function texts(choices: readonly unknown[]): readonly unknown[] {
  return choices.filter((choice) => typeof choice === 'string');
}

function range({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  const least = minimum ?? (exclusiveMinimum === undefined ? 0 : Number(exclusiveMinimum) + 1);
  return maximum === undefined
    ? `a whole number from ${least} on`
    : `a whole number from ${least} to ${maximum}`;
}

/** A value as nodes.yaml would have it; a mapping's section shows its own. */
function example(schema: JsonSchema): string {
  if (mappingOf(schema) !== null) return '';
  const [first] = (schema.examples ?? []) as unknown[];
  const others = texts((schema.enum ?? []) as unknown[]).filter((one) => one !== schema.default);
  const value = first ?? others[0] ?? schema.default ?? true;
  return code(schema.items === undefined ? value : `[${value}]`);
}

/** The mapping that a key holds, or a list of them; null where it holds something else. */
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
