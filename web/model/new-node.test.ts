import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryNode } from '../../contract/inventory.ts';
import type { UnknownMachine } from '../../contract/timeline.ts';
import { entriesFor } from './new-node.ts';

const node = (name: string, arch: 'amd64' | 'arm64' = 'amd64'): InventoryNode => ({
  name,
  arch,
  macs: [],
  role: 'server',
  boot: 'live',
  os: '24.04-amd64',
});

const machine = (mac: string, arch: UnknownMachine['arch'], firstSeen = 0): UnknownMachine => ({
  mac,
  arch,
  firstSeen,
  seen: firstSeen,
  address: null,
  firmware: null,
  asked: 'unknown.ipxe',
});

const MAC = '52-54-00-ff-ff-01';

function entry(names: readonly string[], arch: UnknownMachine['arch'] = 'amd64') {
  const nodes = names.map((name) => node(name));
  return entriesFor([machine(MAC, arch)], { nodes }).get(MAC);
}

test('the name continues the series of the last one', () => {
  const mac = 'mac: "52:54:00:ff:ff:01"';
  assert.equal(entry(['k8s-node01', 'k8s-node02']), `  - { name: k8s-node03, ${mac} }`);
  assert.equal(entry(['pi9']), `  - { name: pi10, ${mac} }`);
  assert.equal(entry(['a7', 'b1']), `  - { name: b2, ${mac} }`);
  assert.equal(entry(['n12', 'n3']), `  - { name: n13, ${mac} }`, 'a gap is not a free name');
  assert.equal(entry(['attic']), `  - { name: node01, ${mac} }`);
  assert.equal(entry(['07']), `  - { name: "08", ${mac} }`, 'YAML would read a number');
});

test('the architecture is named unless all nodes have the same', () => {
  assert.match(entry(['a1'], 'arm64') ?? '', /, arch: arm64 }$/);
  assert.doesNotMatch(entry(['a1'], null) ?? '', /arch/);
  assert.match(entry([], 'amd64') ?? '', /, arch: amd64 }$/, 'nobody says what is usual');
});

test('several machines get a name each, which later ones do not change', () => {
  const first = machine(MAC, 'amd64', 1);
  const second = machine('52-54-00-ff-ff-02', 'amd64', 2);
  const entries = entriesFor([second, first], { nodes: [node('n1')] });
  assert.match(entries.get(first.mac) ?? '', /name: n2,/);
  assert.match(entries.get(second.mac) ?? '', /name: n3,/);
});
