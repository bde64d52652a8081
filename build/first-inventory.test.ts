import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FirstAnswers, faultsOf, firstInventory, isExample } from './first-inventory.ts';
import { parseInventory } from './inventory.ts';
import { parseYaml } from './yaml.ts';
import { yamlText } from './yaml-text.ts';

const ANSWERS: FirstAnswers = {
  release: '24.04',
  cluster: 'home',
  genesisIp: 'auto',
  keys: 'auto',
  nodes: [
    { name: 'k8s-node01', mac: ['52:54:00:12:34:01'], ip: '192.168.1.101/24' },
    { name: 'k8s-node02', mac: ['52:54:00:12:34:02', '52:54:00:12:34:12'] },
  ],
  gateway: '192.168.1.1',
  dns: ['192.168.1.1', '9.9.9.9'],
};
const parse = (text: string) => parseInventory({ name: 'nodes.yaml', text }).document;

test('the text has a comment for each section', () => {
  assert.equal(
    firstInventory(ANSWERS, './nodes.schema.json'),
    `# yaml-language-server: $schema=./nodes.schema.json
# The machines of your cluster. Edit as you like, then run: ./homepbp build

# Genesis, the machine that serves the boot files; auto: the next-server that DHCP gives.
genesis:
  ip: auto

# The Ubuntu release that the nodes run: 20.04, 22.04, 24.04, 26.04.
os:
  release: 24.04

# Who may log in; auto: the usual public keys in ~/.ssh; or a list of paths and public keys.
ssh:
  keys: auto

# The k3s cluster that the nodes form.
cluster:
  name: home

# The default gateway and DNS servers of nodes with a fixed address.
network:
  gateway: 192.168.1.1
  dns: [192.168.1.1, 9.9.9.9]

# One entry per machine. To add one: ./homepbp add NAME --mac MAC
nodes:
  - name: k8s-node01
    mac: 52:54:00:12:34:01
    ip: 192.168.1.101/24
  - name: k8s-node02
    mac: [52:54:00:12:34:02, 52:54:00:12:34:12]
`,
  );
});

test('without a router and name servers there is no network section', () => {
  const text = firstInventory({ ...ANSWERS, gateway: undefined, dns: [] }, './s.json');
  assert.doesNotMatch(text, /^network:/m);
  assert.deepEqual(parse(text).network, { gateway: null, dns: [], domain: null });
});

test('any answers survive the round trip through the text', () => {
  const label = fc.oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/),
    fc.constantFrom('null', 'true', '0x1f', '1e3', '007'),
  );
  const key = fc.oneof(
    fc.constantFrom('~/.ssh/my key.pub', "it's # one", '*a', '- b', 'ü: {', '"', "'x'", 'null'),
    fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== ''),
  );
  const keys = fc.oneof(fc.constant('auto' as const), fc.array(key, { minLength: 1 }));
  fc.assert(
    fc.property(label, keys, fc.uniqueArray(label, { minLength: 1 }), (cluster, given, names) => {
      const nodes = names.map((name, at) => ({ name, mac: [`5254000000${at + 10}`] }));
      const document = parse(firstInventory({ ...ANSWERS, cluster, keys: given, nodes }, './s'));
      assert.equal(document.cluster.name, cluster);
      assert.deepEqual(document.nodes[0]?.ssh_keys, given);
      assert.deepEqual(
        document.nodes.map(({ name }) => name),
        names,
      );
    }),
  );
});

test('any text is one scalar that reads back as itself, in each way of quoting', () => {
  const quote = fc.constantFrom('' as const, '"' as const, "'" as const);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), quote, fc.boolean(), (text, style, inFlow) => {
      const shown = yamlText(text, style);
      const { root, faults } = parseYaml(inFlow ? `{ a: ${shown} }` : `a: ${shown}\n`);
      assert.deepEqual(faults, []);
      const value = root?.kind === 'mapping' ? root.entries.get('a')?.value : undefined;
      assert.ok(value?.kind === 'scalar');
      assert.equal(value.text, text);
    }),
    { numRuns: 500 },
  );
});

test('faults include those of the build and those outside the file', () => {
  const text = firstInventory({ ...ANSWERS, gateway: '10.0.0.1' }, './s');
  const outside = () => [{ offset: 0, message: 'no key' }];
  assert.deepEqual(
    faultsOf(text, outside).map(({ message }) => message),
    ['the gateway 10.0.0.1 is outside the subnet of 192.168.1.101/24'],
  );
  assert.deepEqual(faultsOf(firstInventory(ANSWERS, './s'), outside), outside());
});

test('the example is recognized by its key', () => {
  assert.equal(isExample('keys:\n  - ssh-ed25519 AAAA nobody@homepbp-example\n'), true);
  assert.equal(isExample(firstInventory(ANSWERS, './s')), false);
});

test("the project's example is one, and has no warning for a newcomer to begin with", () => {
  const path = join(import.meta.dirname, '../nodes.yaml');
  const text = readFileSync(path, 'utf8');
  assert.ok(isExample(text));
  const source = { name: 'nodes.yaml', text };
  assert.deepEqual(parseInventory(source, new Date('2026-12-01')).warnings, []);
});
