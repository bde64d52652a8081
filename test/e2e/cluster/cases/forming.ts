// Machines that form one cluster, however many and whenever they come.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scene } from '../../scene.ts';
import { formCluster, openCluster, powerOnAll, secondsSince } from '../cluster.ts';
import { hasData } from '../data.ts';
import { CONFIG } from '../k3s.ts';
import type { ClusterNode } from '../node.ts';
import { assertStayBlank, until, untilMembers, untilSays } from '../until.ts';

/** So many servers, switched on at once. */
export async function foundAtOnce(scene: Scene, size: number): Promise<number> {
  const begun = performance.now();
  const { nodes, identity } = await formCluster(scene, size);
  const seconds = secondsSince(begun);
  for (const one of nodes) await untilSettled(one, size, identity.ca);
  return seconds;
}

/** What k3s would start with next: never to found again, and as soon as there is another, to join it. */
async function untilSettled(node: ClusterNode, size: number, ca: string): Promise<void> {
  const server = size > 1 ? 'server: "https://10\\.77\\.0\\.\\d+:6443"\n' : '';
  const token = `token: "K10${ca}::server:[0-9a-f]{64}"\n`;
  const shared = 'disable: \\["traefik"\\]\n[^]*secrets-encryption: true\n';
  const settled = new RegExp(`^${shared}${server}${token}$`, 'm');
  const read = () => readFile(join(node.folder, CONFIG), 'utf8');
  await until(`${node.name} is no longer a founder`, 30, [node], async () =>
    settled.test(await read()),
  );
  assert.doesNotMatch(await read(), /cluster-init/);
  assert.match(await read(), /^agent-token: "[0-9a-f]{64}"$/m);
}

/** The third comes when the cluster is there. */
export async function joinLate(scene: Scene): Promise<number> {
  const { nodes, node } = await openCluster(scene, 3);
  const early = [node(1), node(2)];
  await powerOnAll(early);
  const before = await untilMembers(early, 180);
  const begun = performance.now();
  await node(3).powerOn();
  assert.deepEqual(await untilMembers(nodes, 120), before);
  return secondsSince(begun);
}

/** One of two waits for the other. */
export async function twoNodes(scene: Scene): Promise<number> {
  const { nodes, node } = await openCluster(scene, 2);
  await node(1).powerOn();
  await untilSays(node(1), /homepbp: .*\bn2\b/, 60);
  assert.ok(!hasData(node(1)));
  const begun = performance.now();
  await node(2).powerOn();
  await untilMembers(nodes, 180);
  return secondsSince(begun);
}

/** {n1} founded alone; then the inventory grows, and n1 is away while the new ones start. */
export async function growOneToThree(scene: Scene): Promise<number> {
  const { nodes, node, seed } = await openCluster(scene, 3);
  const fresh = [node(2), node(3)];
  await seed([node(1)]);
  await node(1).powerOn();
  const before = await untilMembers([node(1)], 120);
  await node(1).powerCut();
  await seed(nodes, { founding_sets: [['n1'], ['n1', 'n2', 'n3']] });
  await powerOnAll(fresh);
  for (const one of fresh) await untilSays(one, /homepbp: .*\bn1\b/, 90);
  await assertStayBlank(fresh, 30);
  const begun = performance.now();
  await node(1).powerOn();
  assert.deepEqual(await untilMembers(nodes, 180), before);
  return secondsSince(begun);
}

/** No broadcast gets through and no address is known: the peers find each other by IPv6. */
export async function foundBySix(scene: Scene): Promise<number> {
  const { network, nodes, seed } = await openCluster(scene, 3);
  await network.dropBroadcasts();
  await seed(nodes, { servers: nodes.map(({ name }) => ({ name, ip: null })) });
  const begun = performance.now();
  await powerOnAll(nodes);
  await untilMembers(nodes, 240);
  const seconds = secondsSince(begun);
  for (const one of nodes) {
    const peers = (await one.status())?.peers as { address: string }[];
    assert.ok(peers.length > 0);
    for (const { address } of peers) assert.match(address, /^fe80::.*%eth0$/);
  }
  return seconds;
}

/** A server whose settings differ is refused by k3s and says why, in k3s' own words; once fixed, it joins. */
export async function settingsDiffer(scene: Scene): Promise<number> {
  const { nodes, node, seed } = await openCluster(scene, 3);
  const early = [node(1), node(2)];
  await powerOnAll(early);
  const before = await untilMembers(early, 180);
  await seed(nodes, { k3s_config: { 'cluster-cidr': '10.142.0.0/16' } });
  await node(3).powerOn();
  const why = 'critical configuration value mismatch between servers';
  const said = `homepbp: n3: k3s is joining .* keeps exiting before it is ready .*journalctl.*; k3s exited with: ${why}`;
  await untilSays(node(3), new RegExp(said), 180);
  assert.match(await node(3).command(['status'], ''), new RegExp(`exited with: ${why}`));
  assert.deepEqual(await untilMembers(early, 30), before, 'the others are as they were');
  await node(3).powerCut();
  await seed(nodes);
  const begun = performance.now();
  await node(3).powerOn();
  assert.deepEqual(await untilMembers(nodes, 120), before);
  return secondsSince(begun);
}

/** An agent joins by any server, and stays when that one dies. */
export async function agentSurvives(scene: Scene): Promise<number> {
  const { nodes, node, seed, secrets } = await openCluster(scene, 4);
  const servers = nodes.slice(0, 3);
  const agent = node(4);
  await seed(servers);
  const addresses = Object.fromEntries(servers.map(({ name, card }) => [name, card.address]));
  await agent.seed({ servers: addresses, role: 'agent' }, secrets);
  const begun = performance.now();
  await powerOnAll(nodes);
  await untilMembers(servers, 240);
  const config = () => agent.run(['cat', '/etc/rancher/k3s/config.yaml']).catch(() => '');
  await until('the agent has joined', 60, [agent], async () => /server/.test(await config()));
  const joined = /server: "https:\/\/([\d.]+):/.exec(await config())?.[1];
  const lost = servers.find(({ card }) => card.address === joined);
  assert.ok(lost, `the agent joined by a server: ${joined}`);
  await lost.powerCut();
  await agent.powerCut();
  await agent.powerOn();
  const other = async () =>
    (await config()).includes('server:') && !(await config()).includes(`${joined}:`);
  await until('the agent has joined by another', 120, [agent], other);
  return secondsSince(begun);
}
