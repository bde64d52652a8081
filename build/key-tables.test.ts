import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { editorSchema, keyPaths } from './editor-schema.ts';
import { parseInventory } from './inventory.ts';
import { keyTables } from './key-tables.ts';

const ROOT = join(import.meta.dirname, '..');

test('docs/nodes-yaml.md is up to date; otherwise run: node --test --test-update-snapshots build/key-tables.test.ts', (t) => {
  t.assert.fileSnapshot(keyTables(), join(ROOT, 'docs/nodes-yaml.md'), { serializers: [String] });
});

interface Row {
  readonly path: string;
  readonly cells: readonly string[];
}

/** The rows of the tables, read back from the text. */
function readRows(): Row[] {
  return keyTables()
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const [path = ''] = section.split('\n');
      return [...section.matchAll(/^\| `(.*)$/gm)].map(([line]) => {
        const cells = line.slice(2, -2).split(/ (?<!\\)\| /);
        return { path: `${path}.${cells[0]?.replaceAll('`', '')}`, cells };
      });
    });
}

test('every key has a row, with what it takes and an example', () => {
  const rows = readRows();
  const sections = [...keyTables().matchAll(/^## (.*)$/gm)].map(([, path]) => path);
  const paths = [...sections, ...rows.map(({ path }) => path)];
  const missing = keyPaths(editorSchema()).filter(
    (path) => !paths.includes(path) && !paths.includes(path.replace(/^nodes\./, 'defaults.')),
  );
  assert.deepEqual(missing, []);
  for (const { path, cells } of rows) {
    const [, description, takes, , example] = cells;
    assert.ok(description && takes, path);
    if (!sections.includes(path)) assert.ok(example, path);
  }
});

test('the build takes each example', () => {
  for (const { path, cells } of readRows()) {
    const example = cells[4]?.replaceAll('`', '');
    if (example === undefined || example === '') continue;
    const text = inventoryWith(path, example);
    const parse = () => parseInventory({ name: 'nodes.yaml', text });
    assert.doesNotThrow(parse, `${path}: ${example}`);
  }
});

/** What the other keys of a mapping cannot be without. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'os.custom': { kernel: 'k', initrd: 'i', rootfs: 'r' },
  cluster: { ca_hash: '0'.repeat(64) },
  nodes: { name: 'k8s-node01', mac: '52:54:00:12:34:01' },
};

/** An inventory of one machine with a value at a path. */
function inventoryWith(path: string, example: string): string {
  const steps = path.split('.');
  const [top = '', ...inner] = steps.slice(0, -1);
  const mapping = flow(steps.slice(0, -1).join('.'), { [steps.at(-1) ?? '']: example });
  const sections: Record<string, string> = {
    nodes: `[${flow('nodes', { role: 'server' })}]`,
    cluster: flow('cluster', {}),
    [top]: inner.reduceRight((value, step) => `{ ${step}: ${value} }`, mapping),
  };
  if (top === 'nodes') sections.nodes = `[${mapping}]`;
  const lines = Object.entries(sections).map(([key, value]) => `${key}: ${value}\n`);
  return lines.join('');
}

function flow(path: string, values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries({ ...COMPANIONS[path], ...values });
  return `{ ${pairs.map((pair) => pair.join(': ')).join(', ')} }`;
}
