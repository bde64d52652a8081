import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { addNode, type OutsideCheck } from './add-node.ts';
import { formatFaults, InventoryError } from './faults.ts';
import type { NewNode } from './node-entry.ts';

const INVENTORY = `os: { release: 24.04 }
network: { gateway: 192.168.1.1, dns: [192.168.1.1] }
cluster: { founding: { quorum: 2 } }
nodes:
  - { name: a, mac: 52:54:00:00:00:01, ip: 192.168.1.101/24 }
  - { name: b, mac: [52:54:00:00:00:02, 525400001202], x-note: kept }
  - name: c
    mac: 52:54:00:00:00:03
`;
const NODE: NewNode = { name: 'd', mac: ['52:54:00:00:00:04'] };

function add(node: Partial<NewNode>, text = INVENTORY, outside: OutsideCheck = () => []) {
  return addNode({ name: 'nodes.yaml', text }, { ...NODE, ...node }, outside);
}

test('a node is appended, with its line and new warnings', () => {
  const { inventory, line, warnings } = add(
    { ip: '192.168.1.104/24' },
    INVENTORY.replace('quorum: 2', 'quorum: 3'),
  );
  assert.equal(inventory.document.nodes.at(-1)?.ip, '192.168.1.104/24');
  assert.equal(line, 9);
  assert.match(
    formatFaults(inventory.source, warnings),
    /^nodes\.yaml:9:11: 4 servers survive the loss of 1, no more than 3 would/,
  );
});

test('a warning that the file gave before is not repeated', () => {
  const text = INVENTORY.replace('24.04', '20.04').replace('quorum: 2', 'quorum: 3');
  assert.deepEqual(
    add({}, text).warnings.map(({ message }) => /survive/.test(message)),
    [true],
  );
});

describe('an inventory that only lacks nodes accepts a first one', () => {
  for (const text of ['nodes: []', 'nodes:\n', 'nodes: # none', 'os: { release: 24.04 }\n']) {
    test(JSON.stringify(text), () => {
      const { nodes } = add({}, text).inventory.document;
      assert.deepEqual(
        nodes.map(({ name, macs }) => [name, macs]),
        [['d', ['52-54-00-00-00-04']]],
      );
    });
  }
});

describe('the error message names the request when', () => {
  const refused: readonly [string, Partial<NewNode>, string][] = [
    ['the name is already taken', { name: 'a' }, 'add: the name a is already taken'],
    [
      'one of two MAC addresses is taken, in another form',
      { mac: ['02-00-00-00-00-01', '5254.0000.1202'] },
      'add: the mac 52:54:00:00:12:02 is already taken by b',
    ],
    [
      'the address is already taken',
      { ip: '192.168.1.101/24' },
      'add: the ip 192.168.1.101 is already taken by a',
    ],
    [
      'two things are taken',
      { name: 'a', mac: ['52:54:00:00:00:03'] },
      'add: the name a is already taken\nadd: the mac 52:54:00:00:00:03 is already taken by c',
    ],
    [
      'the MAC address is none',
      { mac: ['52:54:00'] },
      "add: 'mac': '52:54:00' is not a valid MAC address\n  hint: six pairs of hex digits, such as 52:54:00:12:34:01",
    ],
    [
      'the address does not fit the gateway',
      { ip: '10.0.0.1/24' },
      'add: the gateway 192.168.1.1 is outside the subnet of 10.0.0.1/24\n  hint: fix the address, its prefix length or the gateway',
    ],
    [
      'the role is unknown',
      { role: 'agemt' },
      "add: 'role': 'agemt' is not one of server, agent\n  hint: did you mean 'agent'?",
    ],
    [
      'the whole would be wrong',
      {},
      `add: this node would make the file invalid, so it was not changed
nodes.yaml:3:32: a quorum of 2 out of 4 servers is not a majority: two clusters could be founded
3 | cluster: { founding: { quorum: 2 } }
                                   ^
  hint: use 3 or more, or add 'i_know: true' to accept that`,
    ],
  ];
  for (const [when, node, message] of refused) {
    test(when, () => assert.throws(() => add(node), { name: 'UserError', message }));
  }
});

test('existing faults of the file are reported as such', () => {
  const text = INVENTORY.replace('gateway', 'gatewya');
  assert.throws(
    () => add({}, text),
    (error) => {
      assert.ok(error instanceof InventoryError);
      return error.message.startsWith("nodes.yaml:2:12: unknown key 'gatewya'");
    },
  );
});

test('the outside check reports only faults of the new node', () => {
  const text = INVENTORY.replace('quorum: 2', 'quorum: 3');
  const at =
    (path: (string | number)[]): OutsideCheck =>
    (inventory) => [{ offset: inventory.offsetOf(path), message: 'no such key', hint: 'make one' }];
  assert.equal(add({}, text, at(['nodes', 2])).line, 9);
  const message = 'add: no such key\n  hint: make one';
  assert.throws(() => add({}, text, at(['nodes', 3])), { message });
});

test('a missing or aliased list is left alone, and the entry to add is shown', () => {
  for (const text of [
    `x: &x ${INVENTORY.slice(INVENTORY.indexOf('\n  - ')).replaceAll('\n', '\n ')}\nnodes: *x\n`,
    `x: &x { nodes: [{ name: a, mac: 52:54:00:00:00:01 }] }\n<<: *x\n`,
  ]) {
    assert.throws(
      () => add({}, text.replace('x: &x', 'x-x: &x')),
      (error) =>
        error instanceof UserError &&
        /is missing or an alias[\s\S]*- { name: d, mac: 52:54:00:00:00:04 }/.test(error.message),
      text,
    );
  }
});
