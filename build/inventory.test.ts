import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatFaults, InventoryError } from './faults.ts';
import { parseInventory } from './inventory.ts';

const REJECTED = join(import.meta.dirname, 'rejected');
const parse = (text: string) => parseInventory({ name: 'nodes.yaml', text });

// Each rejected/<case>.yaml has the whole message that its author reads beside it, in <case>.txt.
describe('a rejected inventory', () => {
  for (const file of readdirSync(REJECTED).filter((name) => name.endsWith('.yaml'))) {
    test(file, (t) => {
      const text = readFileSync(join(REJECTED, file), 'utf8');
      assert.throws(
        () => parse(text),
        (error: unknown) => {
          assert.ok(error instanceof InventoryError);
          const path = join(REJECTED, file.replace('.yaml', '.txt'));
          t.assert.fileSnapshot(`${error.message}\n`, path, { serializers: [String] });
          return true;
        },
      );
    });
  }
});

describe('an accepted inventory', () => {
  const NODE = 'nodes: [{ name: a, mac: "52:54:00:00:00:01" }]';

  test('keeps the source text of scalars that the schema wants as text', () => {
    const { document } = parse(
      'os: { release: 24.10 }\nnodes:\n  - { name: 007, mac: 525400001201 }\n'.replace(
        '24.10',
        '22.04',
      ),
    );
    assert.equal(document.os.release, '22.04');
    assert.equal(document.nodes[0]?.name, '007');
    assert.deepEqual(document.nodes[0]?.macs, ['52-54-00-00-12-01']);
  });

  test('keeps base URLs without the slash at their end', () => {
    const { document } = parse(`genesis: { url: 'http://nas.lan/boot//' }\n${NODE}`);
    assert.equal(document.genesis.url, 'http://nas.lan/boot');
  });

  test('keeps numbers where the schema takes numbers and words', () => {
    const { document } = parse(`${NODE}\ncluster: { founding: { quorum: 1 } }`);
    assert.equal(document.cluster.founding.quorum, 1);
  });

  test('takes anchors, merge keys and x- keys; own keys win over merged ones', () => {
    const { document } = parse(`
x-small: &small { role: agent, arch: arm64, x-note: ignored }
cluster: { founded: true }
nodes:
  - { <<: *small, name: a, mac: 52-54-00-00-00-01 }
  - { name: b, mac: 52-54-00-00-00-02, arch: amd64, <<: *small }
`);
    assert.deepEqual(
      document.nodes.map(({ name, macs, role, arch }) => ({ name, macs, role, arch })),
      [
        { name: 'a', macs: ['52-54-00-00-00-01'], role: 'agent', arch: 'arm64' },
        { name: 'b', macs: ['52-54-00-00-00-02'], role: 'agent', arch: 'amd64' },
      ],
    );
  });

  test('survives Windows line ends and a byte order mark', () => {
    const { document } = parse(`\uFEFFnodes:\r\n  - name: a\r\n    mac: 52:54:00:00:00:01\r\n`);
    assert.deepEqual(document.nodes[0]?.macs, ['52-54-00-00-00-01']);
  });

  test('both ends of a /31 are hosts; what only touches another range does not overlap it', () => {
    parse(`nodes:
  - { name: a, mac: 52-54-00-00-00-01, ip: 10.0.0.0/31 }
  - { name: b, mac: 52-54-00-00-00-02, ip: 10.0.0.1/31 }
cluster: { k3s_config: { cluster-cidr: 10.42.0.0/16, service-cidr: 10.41.0.0/16 } }
`);
    parse(`cluster: { k3s_config: { cluster-cidr: 10.40.0.0/16 } }\n${NODE}`);
  });

  test('a server outside is known by the hash of its CA', () => {
    const known = `known_servers: [192.0.2.1], ca_hash: ${'0'.repeat(64)}`;
    assert.deepEqual(parse(`cluster: { ${known} }\n${NODE}`).document.cluster.known_servers, [
      '192.0.2.1',
    ]);
  });

  test('a server that is being removed counts as none', () => {
    const server = (name: number, more = '') =>
      `  - { name: n${name}, mac: 52-54-00-00-00-0${name}${more} }\n`;
    const three = `nodes:\n${server(1)}${server(2)}${server(3)}`;
    const evenly = ({ warnings }: { warnings: readonly { message: string }[] }) =>
      warnings.filter(({ message }) => message.includes('survive the loss'));
    assert.equal(evenly(parse(`${three}${server(4, ', removed: true')}`)).length, 0);
    assert.equal(evenly(parse(`${three}${server(4)}`)).length, 1);
  });

  test('k3s that needs cgroup v2 wants it of every node of 20.04', () => {
    const on = ', kernel_args: [systemd.unified_cgroup_hierarchy=1]';
    const nodes = (second: string) => `cluster: { k3s: v1.35, founded: true }
nodes:
  - { name: a, mac: 52-54-00-00-00-01, role: agent${on} }
  - { name: b, mac: 52-54-00-00-00-02, role: agent${second} }
`;
    parse(nodes(on));
    assert.throws(() => parse(nodes('')), /needs cgroup v2/);
  });

  test('no nodes are a beginning; agents may join a cluster that is elsewhere', () => {
    assert.deepEqual(parse('nodes: []').document.nodes, []);
    parse('nodes: []\ncluster: { founding: { quorum: safe } }');
    const agent = NODE.replace(' }', ', role: agent }');
    parse(`${agent}\ncluster: { founded: true }`);
    parse(`${agent.replace(' }', ', boot: recovery }')}`);
    parse(`${agent}\ncluster: { known_servers: [192.0.2.1], ca_hash: ${'0'.repeat(64)} }`);
  });

  test('a node that has left may have had the address of Genesis, and needs no name server', () => {
    const left = '{ name: b, mac: 52-54-00-00-00-02, ip: 10.0.0.9/24, removed: true }';
    const nodes = (second: string) => `nodes: [{ name: a, mac: 52-54-00-00-00-01 }, ${second}]\n`;
    parse(`genesis: { ip: 10.0.0.9 }\n${nodes(left)}`);
    parse(`genesis: { url: http://nas }\n${nodes(left)}`);
    const stays = nodes(left.replace(', removed: true', ''));
    assert.throws(() => parse(`genesis: { ip: 10.0.0.9 }\n${stays}`), /the address of Genesis/);
    assert.throws(() => parse(`genesis: { url: http://nas }\n${stays}`), /without a domain/);
  });

  const warned = (text: string) =>
    parseInventory({ name: 'nodes.yaml', text }, new Date('2025-01-01')).warnings.map(
      ({ message }) => message,
    );

  test('warns of fixed addresses without a gateway or name servers, once for all nodes', () => {
    const nodes = `nodes:
  - { name: a, mac: 52-54-00-00-00-01 }
  - { name: b, mac: 52-54-00-00-00-02, ip: 10.0.0.2/24, role: agent }
  - { name: c, mac: 52-54-00-00-00-03, ip: 10.0.0.3/24, role: agent }
`;
    assert.deepEqual(warned(nodes), [
      'nodes with a fixed address, such as b, have no gateway: they reach nothing outside their own network',
      'nodes with a fixed address, such as b, have no DNS server: they do not find the registries of their images',
    ]);
    const full = 'network: { gateway: 10.0.0.1, dns: [10.0.0.1] }\n';
    assert.deepEqual(warned(nodes + full), []);
    assert.deepEqual(warned(nodes.replaceAll(/, ip: [\d./]+/g, '')), []);
    const named = `${nodes}network: { gateway: 10.0.0.1 }\ngenesis: { url: http://nas.lan }\n`;
    assert.match(warned(named.replace('lan', 'local')).join(), /only DNS servers for nas\.local/);
    assert.match(warned(named).join(), /^[^;]*do not find nas\.lan, where their k3s is/);
  });

  test('warns of old names of time zones where the release lacks them', () => {
    const text = (release: string) =>
      `os: { release: ${release} }\ndefaults: { timezone: Asia/Calcutta }\nnodes:
  - { name: a, mac: 52-54-00-00-00-01 }
  - { name: b, mac: 52-54-00-00-00-02, role: agent }
  - { name: c, mac: 52-54-00-00-00-03, role: agent, timezone: US/Eastern }
  - { name: d, mac: 52-54-00-00-00-04, role: agent, timezone: UTC }
`;
    assert.deepEqual(warned(text('22.04')), []);
    assert.deepEqual(
      warned(text('24.04')).map((message) => /zone (\S+) by/.exec(message)?.[1]),
      ['Asia/Calcutta', 'US/Eastern'],
    );
  });

  test('warns of surprises, with their places', () => {
    const nodes = Array.from(
      { length: 8 },
      (_, at) => `  - { name: n${at}, mac: 52-54-00-00-00-0${at} }`,
    );
    const text = `os: { release: 20.04 }\nnodes:\n${nodes.join('\n')}\n`;
    const { source, warnings } = parseInventory(
      { name: 'nodes.yaml', text },
      new Date('2026-01-01'),
    );
    const shown = formatFaults(source, warnings, 'warning: ');
    assert.match(
      shown,
      /^nodes\.yaml:1:16: warning: Ubuntu 20\.04 has had no free security updates since 2025-05-31$/m,
    );
    assert.match(
      shown,
      /^nodes\.yaml:10:13: warning: 8 servers survive the loss of 3, no more than 7 would$/m,
    );
    assert.match(
      shown,
      /^nodes\.yaml:10:13: warning: 8 servers: every write has to reach 5 disks$/m,
    );
    assert.equal(parseInventory(source, new Date('2025-05-30')).warnings.length, 2);
    assert.equal(parseInventory(source, new Date('2025-05-31')).warnings.length, 3);
  });
});
