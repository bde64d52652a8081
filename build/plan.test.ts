// What wins over what: a node's own word, then defaults, then the network's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInventory } from './inventory.ts';
import { makePlan, type NodePlan } from './plan.ts';

/** The plan's nodes, with nothing fetched. */
function nodesOf(text: string): readonly NodePlan[] {
  const { document } = parseInventory({ name: 'nodes.yaml', text });
  const facts = { sshKeys: [], extraUserData: [], founded: false, foundingSets: [] };
  const media = { assetsOf: () => [], k3sVersion: null, k3s: [], layerOf: () => null };
  return makePlan(document, { ...facts, ...media }).nodes;
}

test("a node's own settings win over defaults", () => {
  const [own, other] = nodesOf(`
defaults: { role: agent, arch: arm64, boot: recovery, disk: none, timezone: Europe/Berlin }
nodes:
  - { name: a, mac: 52-54-00-00-00-01, role: server, arch: amd64, boot: live, disk: auto, timezone: Etc/UTC }
  - { name: b, mac: 52-54-00-00-00-02 }
`);
  const settings = (node: NodePlan | undefined) =>
    node && [node.role, node.arch, node.boot, node.disk, node.timezone, node.system.id];
  assert.deepEqual(settings(own), ['server', 'amd64', 'live', 'auto', 'Etc/UTC', '20.04-amd64']);
  const defaults = ['agent', 'arm64', 'recovery', 'none', 'Europe/Berlin', '20.04-arm64'];
  assert.deepEqual(settings(other), defaults);
});

test("gateway and dns: a node's own, else those of defaults, else those of network", () => {
  const text = (defaults: string) => `
network: { gateway: 10.0.0.1, dns: [10.0.0.1], domain: home.arpa }
defaults: { ${defaults} }
nodes:
  - { name: a, mac: 52-54-00-00-00-01, ip: 10.0.0.9/24, gateway: 10.0.0.3, dns: [10.0.0.3] }
  - { name: b, mac: 52-54-00-00-00-02 }
`;
  const networks = (defaults: string) =>
    nodesOf(text(defaults)).map(({ network }) => [network.gateway, ...network.dns]);
  assert.deepEqual(networks('gateway: 10.0.0.2, dns: [10.0.0.2]'), [
    ['10.0.0.3', '10.0.0.3'],
    ['10.0.0.2', '10.0.0.2'],
  ]);
  assert.deepEqual(networks('')[1], ['10.0.0.1', '10.0.0.1']);
});

test('only the hwe kernel of 20.04 is told to use cgroup v2; later ones use it anyway', () => {
  const args = (os: string) =>
    nodesOf(
      `os: { ${os} }\nnodes: [{ name: a, mac: 52-54-00-00-00-01, kernel_args: [quiet] }]\n`,
    )[0]?.kernelArgs;
  assert.deepEqual(args('kernel: hwe'), ['systemd.unified_cgroup_hierarchy=1', 'quiet']);
  assert.deepEqual(args('release: 22.04, kernel: hwe'), ['quiet']);
  assert.deepEqual(args('release: 20.04'), ['quiet']);
});
