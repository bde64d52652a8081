// Machines that form one cluster, however many and whenever they come.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from '../../scene.ts';
import {
  hasData,
  openCluster,
  powerOnAll,
  secondsSince,
  until,
  untilMembers,
  untilSays,
} from '../cluster.ts';

/** So many servers, switched on at once. */
export async function foundAtOnce(scene: Scene, size: number): Promise<number> {
  const { nodes } = await openCluster(scene, size);
  const begun = performance.now();
  await powerOnAll(nodes);
  await untilMembers(nodes, 120 + 40 * size);
  return secondsSince(begun);
}

/** The third comes when the cluster is there. */
export async function joinLate(scene: Scene): Promise<number> {
  const { nodes } = await openCluster(scene, 3);
  const early = nodes.slice(0, 2);
  await powerOnAll(early);
  const before = await untilMembers(early, 180);
  const begun = performance.now();
  await nodes[2]?.powerOn();
  const after = await untilMembers(nodes, 120);
  assert.deepEqual(after, before);
  return secondsSince(begun);
}

/** One of two waits for the other. */
export async function twoNodes(scene: Scene): Promise<number> {
  const { nodes } = await openCluster(scene, 2);
  const [first, second] = nodes;
  assert.ok(first && second);
  await first.powerOn();
  await untilSays(first, /homepbp: .*\bn2\b/, 60);
  assert.ok(!hasData(first));
  const begun = performance.now();
  await second.powerOn();
  await untilMembers(nodes, 180);
  return secondsSince(begun);
}

/** {n1} founded alone; then the inventory grows, and n1 is away while the new ones start. */
export async function growOneToThree(scene: Scene): Promise<number> {
  const cluster = await openCluster(scene, 3);
  const { nodes } = cluster;
  const [first, ...fresh] = nodes;
  assert.ok(first);
  await cluster.seed([first]);
  await first.powerOn();
  const before = await untilMembers([first], 120);
  await first.powerCut();
  await cluster.seed(nodes, { founding_sets: [['n1'], ['n1', 'n2', 'n3']] });
  await powerOnAll(fresh);
  for (const node of fresh) await untilSays(node, /homepbp: .*\bn1\b/, 90);
  await sleep(30_000);
  for (const node of fresh) assert.ok(!hasData(node), `${node.name} founded nothing without n1`);
  const begun = performance.now();
  await first.powerOn();
  assert.deepEqual(await untilMembers(nodes, 180), before);
  return secondsSince(begun);
}

/** An agent joins by any server, and stays when that one dies. */
export async function agentSurvives(scene: Scene): Promise<number> {
  const cluster = await openCluster(scene, 4);
  const servers = cluster.nodes.slice(0, 3);
  const agent = cluster.nodes[3];
  assert.ok(agent);
  await cluster.seed(servers);
  const addresses = Object.fromEntries(servers.map(({ name, card }) => [name, card.address]));
  await agent.seed({ servers: addresses, role: 'agent' }, cluster.secrets);
  const begun = performance.now();
  await powerOnAll(cluster.nodes);
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
