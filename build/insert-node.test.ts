import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { insertNode } from './insert-node.ts';
import type { NewNode } from './node-entry.ts';
import { parseYaml, type YamlNode } from './yaml.ts';

const NODE: NewNode = { name: 'c', mac: ['52:54:00:00:00:03'], ip: '10.0.0.3/24' };

function insert(text: string, node = NODE): string {
  const insertion = insertNode(text, node);
  assert.ok(insertion !== null);
  return insertion.text;
}

/** What a text says, x- keys too; every scalar as the text that it is. */
function read(text: string): Record<string, unknown> {
  const { root, faults } = parseYaml(text);
  assert.deepEqual(faults, []);
  assert.ok(root !== null);
  return textsOf(root) as Record<string, unknown>;
}

function textsOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'sequence') return node.items.map(textsOf);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, textsOf(value)]));
}

// Before and after stand in one text: lines that begin with `+` are what the insertion adds.
const CASES: Readonly<Record<string, string>> = {
  'block entries, indented': `
nodes:
  - name: a
    mac: 52:54:00:00:00:01 # top shelf
    # ip: later
+  - name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24

# The network.
network: { gateway: 10.0.0.1 }`,
  'block entries at the margin, wide dashes, blank lines between them': `
nodes:
-   name: a
    mac: 52:54:00:00:00:01

-   name: b
    mac: 52:54:00:00:00:02
+
+-   name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24
# The end`,
  'entries in braces, quoted': `
nodes:
  - {name: a, mac: "52:54:00:00:00:01", ip: '10.0.0.1/24'}  # top
+  - {name: c, mac: "52:54:00:00:00:03", ip: '10.0.0.3/24'}
x: 1`,
  'a list in brackets over lines, with a last comma': `
nodes: [
  { name: a, mac: 52:54:00:00:00:01 },
  { name: b, mac: 52:54:00:00:00:02 }, # shelf
+  { name: c, mac: 52:54:00:00:00:03, ip: 10.0.0.3/24 },
  # { name: d }
  ]`,
  'entries in braces over lines, with comments that hold brackets': `
nodes:
  - {
      name: a, # { first ]
      mac: 52:54:00:00:00:01 # } or ]
    }
+  - {
+      name: c,
+      mac: 52:54:00:00:00:03,
+      ip: 10.0.0.3/24
+    }
x: 1`,
  'an entry that ends in an alias and one that ends in a block text': `
x-keys: &keys [a.pub]
nodes:
  - name: a
    mac: 52:54:00:00:00:01
    ssh_keys: *keys
  - name: b
    mac: 52:54:00:00:00:02
    x-note: |
      # no comment

      but a text

+  - name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24
network: {}`.replace('text\n\n+', 'text\n+'),
  'entries below a commented dash': `
nodes:
  - # the first
    name: a
    mac: 52:54:00:00:00:01
+  - name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24`,
  'nothing yet': `
nodes: # to come
+  - name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24
network: {}`,
  'no list yet': `
network: {}
+nodes:
+  - name: c
+    mac: 52:54:00:00:00:03
+    ip: 10.0.0.3/24`,
};

describe('insertNode follows the style of', () => {
  for (const [name, marked] of Object.entries(CASES)) {
    test(name, () => {
      const lines = `${marked.trimStart()}\n`.split('\n');
      const before = lines.filter((line) => !line.startsWith('+')).join('\n');
      const after = lines.map((line) => line.replace(/^\+/, '')).join('\n');
      assert.equal(insert(before), after);
    });
  }

  const ENTRY = '{ name: c, mac: 52:54:00:00:00:03, ip: 10.0.0.3/24 }';
  const inline: readonly [string, string, string][] = [
    ['an empty list', 'nodes: []', `nodes: [${ENTRY}]`],
    ['an empty list with a space', 'nodes: [ ]\n', `nodes: [ ${ENTRY} ]\n`],
    ['one line', 'nodes: [{ name: a }] # x', `nodes: [{ name: a }, ${ENTRY}] # x`],
    [
      'JSON',
      '{"nodes":[{"name":"a"},{"name":"b"}]}',
      '{"nodes":[{"name":"a"},{"name":"b"},{"name": "c", "mac": "52:54:00:00:00:03", "ip": "10.0.0.3/24"}]}',
    ],
    [
      'JSON over lines',
      '{\n  "nodes": [\n    {\n      "name": "a"\n    }\n  ]\n}\n',
      '{\n  "nodes": [\n    {\n      "name": "a"\n    },\n    {\n      "name": "c",\n      "mac": "52:54:00:00:00:03",\n      "ip": "10.0.0.3/24"\n    }\n  ]\n}\n',
    ],
    [
      'a last comma that is missing before a comment',
      'nodes: [\n  { name: a } # x\n ]\n',
      `nodes: [\n  { name: a }, # x\n  ${ENTRY}\n ]\n`,
    ],
    [
      'Windows line ends, no last one',
      'nodes:\r\n- name: a',
      'nodes:\r\n- name: a\r\n- name: c\r\n  mac: 52:54:00:00:00:03\r\n  ip: 10.0.0.3/24',
    ],
  ];
  for (const [name, before, after] of inline) {
    test(name, () => assert.equal(insert(before), after));
  }

  test('lists of a neighbour: in brackets or with dashes', () => {
    const node = { name: 'c', mac: ['02-00-00-00-00-01', '02-00-00-00-00-02'], ssh_keys: ['c d'] };
    const text = 'nodes:\n  - name: a\n    mac:\n      - "02-00-00-00-00-00"\n';
    assert.equal(
      insert(text, node),
      `${text}  - name: c\n    mac:\n      - "02-00-00-00-00-01"\n      - "02-00-00-00-00-02"\n    ssh_keys: [c d]\n`,
    );
  });
});

test('insertNode finds no place in an alias or anything but a list', () => {
  for (const text of [
    '',
    'x: &x []\nnodes: *x',
    'nodes: 1',
    'nodes: { a: b }',
    '[]',
    '{nodes: }',
  ]) {
    assert.equal(insertNode(text, NODE), null, text);
  }
});

const quote = fc.constantFrom('', '"', "'");
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: '' as const });
const comment = maybe(fc.constantFrom(' # note', '  # - { ] }', ' #'));

/** The values of an entry, then how it is written. */
const entry = fc.record({
  extra: fc.subarray([
    'arch: arm64',
    'role: agent',
    'kernel_args: [a, "b # c"]',
    'x-a: { b: [] }',
    'x-e:',
    '<<: *shared',
  ]),
  comments: fc.array(comment, { minLength: 8, maxLength: 8 }),
  quote,
  tail: maybe(
    fc.constantFrom('x-t: |\n# t\n\n', 'x-t: >-\nfolded\n text\n', 'x-t: |+\nkept\n\n\n'),
  ),
});

const layout = fc.record({
  entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
  indent: fc.constantFrom(0, 2, 4),
  gap: fc.integer({ min: 1, max: 3 }),
  between: fc.constantFrom('', '\n', '# between\n', '\n      # deep\n'),
  kind: fc.constantFrom('block', 'braces', 'line', 'lines'),
  lastComma: fc.boolean(),
  before: fc.constantFrom('', '# top\n\n', '\uFEFF', 'os: { release: 24.04 } # x\n'),
  after: fc.constantFrom('', '\n# end\n', 'network:\n  dns: [10.0.0.1]\n', '\n\n', '    # deep\n'),
  crlf: fc.boolean(),
  finalBreak: fc.boolean(),
});
type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;
type Entry = Layout['entries'][number];

function pairsOf({ extra, quote: q }: Entry, at: number): string[] {
  return [`name: ${q}n${at}${q}`, `mac: ${q}52-54-00-00-01-0${at}${q}`, ...extra];
}

function braces(one: Entry, at: number): string {
  return `{ ${pairsOf(one, at).join(', ')} }`;
}

function block(one: Entry, at: number, { indent, gap }: Layout): string {
  const margin = ' '.repeat(indent + 1 + gap);
  const lines = pairsOf(one, at).map((pair, line) => `${pair}${one.comments[line] ?? ''}\n`);
  const tail = one.tail.replaceAll(/\n(?=[^\n])/g, `\n${margin}  `);
  return `${' '.repeat(indent)}-${' '.repeat(gap)}${[...lines, ...(tail === '' ? [] : [tail])].join(margin)}`;
}

function listText(style: Layout): string {
  const { entries, between, kind, lastComma, indent, gap } = style;
  const comma = lastComma ? ',' : '';
  if (kind === 'line') return `nodes: [${entries.map(braces).join(', ')}${comma}]\n`;
  if (kind === 'lines') {
    const lines = entries.map((one, at) => {
      const separator = at < entries.length - 1 ? ',' : comma;
      return `  ${braces(one, at)}${separator}${one.comments[0]}\n`;
    });
    return `nodes: [\n${lines.join('')}  ]\n`;
  }
  const items = entries.map((one, at) =>
    kind === 'block'
      ? block(one, at, style)
      : `${' '.repeat(indent)}-${' '.repeat(gap)}${braces(one, at)}${one.comments[0]}\n`,
  );
  return `nodes:\n${items.join(between)}`;
}

function fileText(style: Layout): string {
  const text = `${style.before}x-shared: &shared { boot: recovery }\n${listText(style)}${style.after}`;
  const cut = style.finalBreak ? text : text.replace(/\n$/, '');
  return style.crlf ? cut.replaceAll('\n', '\r\n') : cut;
}

const newNode = fc.record(
  {
    name: fc.constantFrom('c', 'null', '007', 'true', 'k8s-node04'),
    mac: fc.uniqueArray(fc.constantFrom('52:54:00:00:00:03', '525400001201', '5254.0000.0003'), {
      minLength: 1,
    }),
    ip: fc.constant('10.0.0.3/24'),
    ssh_keys: fc.array(fc.constantFrom('~/a b.pub', 'ssh-ed25519 AAAA== x@y', '#k', "it's", 'ü'), {
      minLength: 1,
    }),
  },
  { requiredKeys: ['name', 'mac'] },
);

test('whatever the style, the new node comes last and every old byte stays', () => {
  const shapes = new Set<string>();
  fc.assert(
    fc.property(layout, newNode, (style, node) => {
      const before = fileText(style);
      const old = read(before);
      const insertion = insertNode(before, node);
      assert.ok(insertion !== null);
      const { text, start, end } = insertion;
      shapes.add(`${style.kind} ${style.crlf}`);
      const added = { ...node, mac: node.mac.length === 1 ? node.mac[0] : node.mac };
      assert.deepEqual(read(text), { ...old, nodes: [...(old.nodes as unknown[]), added] });
      if (style.crlf) assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/);
      const rest = text.slice(0, start) + text.slice(end);
      // One comma may be needed in front of the last entry's comment.
      if (rest !== before) {
        const comma = rest.lastIndexOf(',', start);
        assert.equal(rest.slice(0, comma) + rest.slice(comma + 1), before);
        assert.equal(style.kind, 'lines');
      }
    }),
    { numRuns: 1000 },
  );
  assert.equal(shapes.size, 8, 'every kind of list was tried');
});
