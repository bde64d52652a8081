import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { KEY_NOTES } from './editor-keys.ts';
import { editorSchema, editorSchemaText, keyPaths } from './editor-schema.ts';
import { nodeSchema } from './schema/node.ts';
import { parseYaml, type YamlNode } from './yaml.ts';

const ROOT = join(import.meta.dirname, '..');
const editor = z.fromJSONSchema(editorSchema());

/** What an editor makes of a YAML text: numbers where YAML has numbers, x- keys and all. */
function asEditor(text: string): unknown {
  const { root } = parseYaml(text);
  assert.ok(root !== null);
  const convert = (node: YamlNode): unknown => {
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'sequence') return node.items.map(convert);
    return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, convert(value)]));
  };
  return convert(root);
}

const complains = (text: string) =>
  editor.safeParse(asEditor(text)).error?.issues.map(({ path }) => path.join('.')) ?? [];

const NODES = 'nodes: [{ name: a, mac: 52-54-00-00-00-01 }]\n';

test('nodes.schema.json is up to date; otherwise run: node --test --test-update-snapshots build/editor-schema.test.ts', (t) => {
  const serializers = [String];
  t.assert.fileSnapshot(editorSchemaText(), join(ROOT, 'nodes.schema.json'), { serializers });
});

test('every key has a note, and every note a key', () => {
  const paths = keyPaths(editorSchema());
  const noted = (path: string) => KEY_NOTES[path] ?? KEY_NOTES[path.replace('nodes.', 'defaults.')];
  assert.ok(paths.includes('os.custom.kernel') && paths.includes('nodes.mac'));
  assert.deepEqual(
    paths.filter((path) => noted(path) === undefined),
    [],
  );
  assert.deepEqual(
    Object.keys(KEY_NOTES).filter((path) => !paths.includes(path)),
    [],
  );
});

describe('the editor is content with', () => {
  const golden = (name: string) => join(import.meta.dirname, 'goldens', name, 'nodes.yaml');
  const goldens = readdirSync(join(import.meta.dirname, 'goldens')).map(golden);
  for (const path of [join(ROOT, 'nodes.yaml'), ...goldens]) {
    test(path.slice(ROOT.length + 1), () => {
      assert.deepEqual(complains(readFileSync(path, 'utf8')), []);
    });
  }

  test('numbers where the build reads text', () => {
    const text = `
os: { release: 24.04 }
cluster: { k3s: 1, token: 12 }
nodes:
  - { name: 007, mac: 525400001201, wipe: 2026, kernel_args: [3] }
  - { name: b, mac: [001122334455, 12:34:56:12:34:56] }
`;
    assert.deepEqual(complains(text), []);
  });

  test('x- keys in every mapping', () => {
    const text = `
x-agent: &agent { role: agent, x-rack: 3 }
genesis: { x-a: 1 }
os: { custom: { kernel: k, initrd: i, rootfs: r, x-a: [1] } }
cluster: { founding: { x-a: null } }
nodes: [{ <<: *agent, name: a, mac: 52-54-00-00-00-01 }]
`;
    assert.deepEqual(complains(text), []);
  });

  test('every text that the build takes', () => {
    const texts = ['name', 'mac', 'ip', 'wipe', 'disk', 'gateway', 'timezone', 'locale'] as const;
    const near = fc.stringMatching(/^[a-f0-9./:-]{1,17}$/);
    const seeds = fc.constantFrom(
      '192.168.1.1',
      '10.0.0.1/8',
      'none',
      '/dev/sda',
      '5254.0000.0001',
    );
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.oneof(near, seeds, fc.string()), (key, value) => {
        fc.pre(nodeSchema.shape[key].safeParse(value).success);
        const node = { name: 'a', mac: '52-54-00-00-00-01', [key]: value };
        assert.deepEqual(editor.safeParse({ nodes: [node] }).error, undefined);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the editor marks', () => {
  const wrong: readonly [string, string, string][] = [
    ['an unknown key', `${NODES}osx: {}`, ''],
    ['an unknown release', `${NODES}os: { release: 24.10 }`, 'os.release'],
    ['a role', `${NODES}defaults: { role: worker }`, 'defaults.role'],
    ['a short MAC address', 'nodes: [{ name: a, mac: 52:54:00 }]', 'nodes.0.mac'],
    ['a name', 'nodes: [{ name: A_b, mac: 52-54-00-00-00-01 }]', 'nodes.0.name'],
    ['an address without prefix', NODES.replace(' }', ', ip: 10.0.0.1 }'), 'nodes.0.ip'],
    ['a missing MAC address', 'nodes: [{ name: a }]', 'nodes.0.mac'],
    ['no nodes', 'os: { release: 24.04 }', 'nodes'],
  ];
  for (const [what, text, path] of wrong) {
    test(what, () => assert.deepEqual(complains(text), [path]));
  }
});
