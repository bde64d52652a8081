// Machines whose disk is empty, new, or an old one.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from '../../scene.ts';
import {
  hasData,
  openCluster,
  powerCutAll,
  powerOnAll,
  readKey,
  secondsSince,
  until,
  untilMembers,
  untilSays,
  writeKey,
} from '../cluster.ts';
import type { ClusterNode } from '../node.ts';

async function formed(scene: Scene) {
  const cluster = await openCluster(scene, 3);
  const { nodes } = cluster;
  const [first, second, third] = nodes;
  assert.ok(first && second && third);
  await powerOnAll(nodes);
  const before = await untilMembers(nodes, 240);
  await writeKey(first, '/test/kept', 'yes');
  // Acknowledged by two of three: the third, which may be the only one left, must have it, too.
  for (const node of nodes) assert.equal(await readKey(node, '/test/kept'), 'yes');
  return { cluster, nodes, first, second, third, before };
}

/** After a power cut the machine with the empty disk comes up first and alone: it waits. */
export async function blankFirst(scene: Scene): Promise<number> {
  const { nodes, first, second, third, before } = await formed(scene);
  await powerCutAll(nodes);
  await first.loseDisk();
  await first.powerOn();
  await untilSays(first, /homepbp: .*(\bn2\b.*\bn3\b|\bn3\b.*\bn2\b)/, 90);
  await sleep(20_000);
  assert.ok(!hasData(first), 'n1 founded nothing');
  const begun = performance.now();
  await powerOnAll([second, third]);
  assert.deepEqual(await untilMembers(nodes, 240), before);
  assert.equal(await readKey(first, '/test/kept'), 'yes');
  return secondsSince(begun);
}

async function twoBlank(scene: Scene, latch: boolean) {
  const { cluster, nodes, first, second, third, before } = await formed(scene);
  await powerCutAll(nodes);
  for (const node of [first, second]) await node.loseDisk();
  if (latch) await cluster.seed(nodes, { founded: true });
  await powerOnAll([first, second]);
  return { cluster, nodes, first, second, third, before };
}

/** Two of three lost their disks, and the cluster is known to be founded: they wait for the third. */
export async function blankMajorityLatched(scene: Scene): Promise<number> {
  const begun = performance.now();
  const { first, second, third } = await twoBlank(scene, true);
  for (const node of [first, second]) await untilSays(node, /homepbp: .*found/i, 90);
  await sleep(30_000);
  for (const node of [first, second]) assert.ok(!hasData(node), `${node.name} founded nothing`);
  await third.powerOn();
  await rescue(third);
  await untilMembers([first, second, third], 300);
  assert.equal(await readKey(first, '/test/kept'), 'yes');
  return secondsSince(begun);
}

/** What a person does when a majority of the disks is lost for good. */
async function rescue(node: ClusterNode): Promise<void> {
  await untilSays(node, /homepbp: .*rescue/, 120);
  const words = ['python3', '-B', '/usr/lib/homepbp/bin/homepbp', 'rescue'];
  await node.run(['sh', '-c', `echo ${node.name} | ${words.join(' ')}`], 120);
}

/**
 * The same without any latch: what `quorum: majority` cannot exclude (design section 6). The two
 * found anew; the third keeps its data, joins nothing and says so.
 */
export async function blankMajority(scene: Scene): Promise<number> {
  const begun = performance.now();
  const { first, second, third, before } = await twoBlank(scene, false);
  const after = await untilMembers([first, second], 240);
  assert.notEqual(after.ca, before.ca, 'the exception that the docs name');
  await third.powerOn();
  await untilSays(third, /homepbp: /, 120);
  await sleep(20_000);
  assert.ok(hasData(third), 'n3 keeps its data');
  assert.deepEqual(await untilMembers([first, second], 30), after);
  return secondsSince(begun);
}

/** A member that lost its disk is let go by the others, and joins again under its name. */
export async function wipedNodeReturns(scene: Scene): Promise<number> {
  const { nodes, second, first, before } = await formed(scene);
  await second.powerCut();
  await second.loseDisk();
  const begun = performance.now();
  await second.powerOn();
  await untilNewMember(second, 240);
  assert.deepEqual(await untilMembers(nodes, 240), before);
  assert.equal(await readKey(second, '/test/kept'), 'yes');
  assert.equal(await readKey(first, '/test/kept'), 'yes');
  return secondsSince(begun);
}

/** Then its old disk comes back: a former member, which joins as a new one. */
export async function oldDiskReturns(scene: Scene): Promise<number> {
  const { nodes, second, before } = await formed(scene);
  await second.powerCut();
  const old = await second.loseDisk();
  await second.powerOn();
  await untilNewMember(second, 240);
  await untilMembers(nodes, 240);
  // The others know whose disk is a member's once its agent has said so.
  await until(
    'n2 says that it is a member',
    60,
    nodes,
    async () => (await second.status())?.k3s === 'up',
  );
  await sleep(5000);
  await second.powerCut();
  await second.putDisk(old);
  const begun = performance.now();
  await second.powerOn();
  assert.deepEqual(await untilMembers(nodes, 300), before);
  assert.equal(await readKey(second, '/test/kept'), 'yes');
  return secondsSince(begun);
}

async function untilNewMember(node: ClusterNode, seconds: number): Promise<void> {
  await until(`${node.name} has data`, seconds, [node], async () => hasData(node));
}
