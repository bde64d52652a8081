// Machines whose disk is empty, new, or an old one.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from '../../scene.ts';
import { formCluster, powerCutAll, powerOnAll, secondsSince } from '../cluster.ts';
import { hasData, keepKey, readKey } from '../data.ts';
import type { ClusterNode } from '../node.ts';
import { assertStayBlank, until, untilHasData, untilMembers, untilSays } from '../until.ts';

/** Three members, with a key that each of them has. */
async function threeWithKey(scene: Scene) {
  const cluster = await formCluster(scene, 3);
  await keepKey(cluster.nodes);
  return cluster;
}

/** After a power cut the machine with the empty disk comes up first and alone: it waits. */
export async function blankFirst(scene: Scene): Promise<number> {
  const { nodes, node, identity } = await threeWithKey(scene);
  await powerCutAll(nodes);
  await node(1).loseDisk();
  await node(1).powerOn();
  await untilSays(node(1), /homepbp: .*(\bn2\b.*\bn3\b|\bn3\b.*\bn2\b)/, 90);
  await assertStayBlank([node(1)], 20);
  const begun = performance.now();
  await powerOnAll([node(2), node(3)]);
  assert.deepEqual(await untilMembers(nodes, 240), identity);
  assert.equal(await readKey(node(1), '/test/kept'), 'yes');
  return secondsSince(begun);
}

async function twoBlank(scene: Scene, latch: boolean) {
  const cluster = await threeWithKey(scene);
  const { nodes, node, seed } = cluster;
  const blank = [node(1), node(2)];
  await powerCutAll(nodes);
  for (const one of blank) await one.loseDisk();
  if (latch) await seed(nodes, { founded: true });
  await powerOnAll(blank);
  return { ...cluster, blank };
}

/** Two of three lost their disks, and the cluster is known to be founded: they wait for the third. */
export async function blankMajorityLatched(scene: Scene): Promise<number> {
  const begun = performance.now();
  const { nodes, node, blank } = await twoBlank(scene, true);
  for (const one of blank) await untilSays(one, /homepbp: .*found/i, 90);
  await assertStayBlank(blank, 30);
  await node(3).powerOn();
  await rescue(node(3));
  await untilMembers(nodes, 300);
  assert.equal(await readKey(node(1), '/test/kept'), 'yes');
  return secondsSince(begun);
}

/** What a person does when a majority of the disks is lost for good. */
async function rescue(node: ClusterNode): Promise<void> {
  await untilSays(node, /homepbp: .*rescue/, 120);
  await node.command(['rescue'], node.name);
}

/**
 * The same without any latch: what `quorum: majority` cannot exclude (design section 6). The two
 * found anew; the third keeps its data, joins nothing and says so.
 */
export async function blankMajority(scene: Scene): Promise<number> {
  const begun = performance.now();
  const { node, blank, identity } = await twoBlank(scene, false);
  const after = await untilMembers(blank, 240);
  assert.notEqual(after.ca, identity.ca, 'the exception that the docs name');
  await node(3).powerOn();
  await untilSays(node(3), /homepbp: /, 120);
  await sleep(20_000);
  assert.ok(hasData(node(3)), 'n3 keeps its data');
  assert.deepEqual(await untilMembers(blank, 30), after);
  return secondsSince(begun);
}

/** A member loses its disk and joins again; then the old disk comes back: a former member, which joins as a new one. */
export async function oldDiskReturns(scene: Scene): Promise<number> {
  const { nodes, node, identity } = await threeWithKey(scene);
  await node(2).powerCut();
  const old = await node(2).loseDisk();
  await node(2).powerOn();
  await untilHasData(node(2), 240);
  await untilMembers(nodes, 240);
  const { uuid } = (await node(2).status()) ?? {};
  for (const other of [node(1), node(3)]) {
    const known = async () => (await rosterOf(other)).get('n2') === uuid;
    await until(`${other.name} knows n2 by its new disk`, 60, nodes, known);
  }
  await node(2).powerCut();
  await node(2).putDisk(old);
  const begun = performance.now();
  await node(2).powerOn();
  assert.deepEqual(await untilMembers(nodes, 300), identity);
  assert.equal(await readKey(node(2), '/test/kept'), 'yes');
  return secondsSince(begun);
}

/** A person removes a member that never comes back. When it does after all, it joins as a new one. */
export async function forgetMember(scene: Scene): Promise<number> {
  const { nodes, node, identity } = await threeWithKey(scene);
  const others = [node(1), node(2)];
  await node(1).command(['forget', 'n3'], 'n1');
  await untilSays(node(1), /forget: n3 is not a member that is unreachable/, 30);
  await node(3).powerCut();
  const unreached = async () => {
    const { etcd } = (await node(1).status()) as { etcd: { name: string; reachable: boolean }[] };
    return etcd.some(({ name, reachable }) => name === 'n3' && !reachable);
  };
  await until('n1 knows that n3 is out of reach', 60, nodes, unreached);
  const begun = performance.now();
  await node(1).command(['forget', 'n3'], 'n1');
  assert.deepEqual(await untilMembers(others, 60), identity);
  const seconds = secondsSince(begun);
  await node(3).powerOn();
  assert.deepEqual(await untilMembers(nodes, 240), identity);
  assert.equal(await readKey(node(3), '/test/kept'), 'yes');
  return seconds;
}

/** Which disk belongs to which member, as a member knows it. */
async function rosterOf(node: ClusterNode): Promise<ReadonlyMap<string, unknown>> {
  const member = (await node.status())?.member as { roster?: [string, string][] } | null;
  return new Map(member?.roster ?? []);
}
