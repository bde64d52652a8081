// A finished node, and where its settings come from.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InventoryError } from './faults.ts';
import { parseInventory } from './inventory.ts';

const parse = (text: string) => parseInventory({ name: 'nodes.yaml', text });

test('a node has a value for everything, and its MAC addresses in canonical form', () => {
  const [node] = parse('nodes: [{ name: a, mac: [52:54:00:AB:CD:01, 5254.0000.0002] }]').document
    .nodes;
  const { places: _, ...values } = node ?? assert.fail();
  assert.deepEqual(values, {
    name: 'a',
    macs: ['52-54-00-ab-cd-01', '52-54-00-00-00-02'],
    ...{ ip: null, known_servers: [], wipe: null, removed: false },
    ...{ arch: 'amd64', role: 'server', boot: 'live', disk: 'auto' },
    ...{ gateway: null, dns: [], ssh_keys: 'auto', kernel_args: [] },
    ...{ timezone: null, locale: null, ntp: [], extra_user_data: null },
  });
});

test("a setting is found where it is written: at the node, in defaults:, or in the sections' own", () => {
  const { document, offsetOf } = parse(`network: { gateway: 10.0.0.1, dns: [10.0.0.2] }
ssh: { keys: [a.pub] }
cluster: { founded: true }
defaults: { dns: [10.0.0.3], extra_user_data: x, role: agent }
nodes: [{ name: a, mac: 52-54-00-00-00-01, role: server, ssh_keys: [b.pub] }]
`);
  const { places } = document.nodes[0] ?? assert.fail();
  assert.deepEqual(places.gateway, ['network', 'gateway']);
  assert.deepEqual(places.dns, ['defaults', 'dns']);
  assert.deepEqual(places.extra_user_data, ['defaults', 'extra_user_data']);
  assert.deepEqual(places.role, ['nodes', 0, 'role']);
  assert.deepEqual(places.ssh_keys, ['nodes', 0, 'ssh_keys']);
  assert.equal(offsetOf(places.timezone), offsetOf(['defaults']), 'where it would be');
});

describe('a fault is shown', () => {
  const shows = (text: string, expected: readonly string[]) => {
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof InventoryError);
        const lines = error.message.split('\n').filter((line) => line.startsWith('nodes.yaml:'));
        assert.deepEqual(lines, expected);
        return true;
      },
    );
  };
  const outside = 'the gateway 10.9.0.1 is outside the subnet of 10.0.0.9/24';
  const diskless =
    "'disk: none' and 'role: server' cannot be combined: a node without a disk must not run etcd";

  test("at a node's own word", () => {
    shows(
      `nodes:
  - { name: a, mac: 52-54-00-00-00-01, ip: 10.0.0.9/24, gateway: 10.9.0.1, disk: none }
`,
      [`nodes.yaml:2:66: ${outside}`, `nodes.yaml:2:82: ${diskless}`],
    );
  });

  test('at the node where the value comes from defaults:', () => {
    shows(
      `defaults: { gateway: 10.9.0.1, disk: none }
nodes:
  - { name: a, mac: 52-54-00-00-00-01, ip: 10.0.0.9/24 }
`,
      [`nodes.yaml:3:13: ${diskless}`, `nodes.yaml:3:44: ${outside}`],
    );
  });

  test('beside those of values that are wrong, which count as absent', () => {
    shows(
      `network: { gateway: 10.9.0.1 }
nodes:
  - { name: a, mac: 52-54-00-00, ip: 10.0.0.9/24, gateway: 10.0.0 }
  - { name: B, mac: 5254.0000.0001, disk: none, role: serve }
  - { name: c, mac: 52:54:00:00:00:01 }
  - 5
`,
      [
        "nodes.yaml:3:21: 'mac': '52-54-00-00' is not a valid MAC address",
        `nodes.yaml:3:38: ${outside}`,
        "nodes.yaml:3:60: 'gateway': '10.0.0' is not a valid IPv4 address",
        "nodes.yaml:4:13: 'name': 'B' is not a valid host name (RFC 1123 label)",
        `nodes.yaml:4:43: ${diskless}`,
        "nodes.yaml:4:55: 'role': 'serve' is not one of server, agent",
        'nodes.yaml:5:21: duplicate mac 52:54:00:00:00:01',
        "nodes.yaml:6:5: nodes number 4: '5' is not a mapping",
      ],
    );
  });
});
