// Power cuts, and wires that are cut.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from '../../scene.ts';
import { formCluster, openCluster, powerCutAll, powerOnAll, secondsSince } from '../cluster.ts';
import { askEtcd, hasData, readKey, writeKey } from '../data.ts';
import type { ClusterNode } from '../node.ts';
import { assertStayBlank, until, untilMembers, untilSays } from '../until.ts';

const ROUNDS = 10;

/** kill -9 of all, started again in another order: the same cluster, with what it had acknowledged. */
export async function powerCut(scene: Scene): Promise<number> {
  const { nodes, identity } = await formCluster(scene, 3);
  let slowest = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [writer, reader] = shuffled(nodes);
    assert.ok(writer && reader);
    await writeKey(writer, '/test/round', String(round));
    await powerCutAll(nodes);
    const begun = performance.now();
    for (const node of shuffled(nodes)) {
      await node.powerOn();
      await sleep(Math.random() * 2000);
    }
    assert.deepEqual(await untilMembers(nodes, 120), identity, `round ${round}`);
    assert.equal(await readKey(reader, '/test/round'), String(round));
    slowest = Math.max(slowest, secondsSince(begun));
  }
  return slowest;
}

function shuffled<T>(list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** One side of a cut wire has a majority and founds; the other waits, and joins when it heals. */
export async function partition(scene: Scene): Promise<number> {
  const { network, nodes, node } = await openCluster(scene, 3);
  const alone = node(1);
  const others = [node(2), node(3)];
  await network.separate([alone.card]);
  const begun = performance.now();
  await powerOnAll(nodes);
  const before = await untilMembers(others, 240);
  await untilSays(alone, /homepbp: .*\bn[23]\b/, 60);
  assert.ok(!hasData(alone), 'a minority founds nothing');
  await network.heal();
  assert.deepEqual(await untilMembers(nodes, 120), before);
  await network.separate([alone.card]);
  await until('the majority writes', 60, others, async () =>
    writeKey(node(2), '/test/side', 'majority').then(
      () => true,
      () => false,
    ),
  );
  assert.equal(await askEtcd(alone), null, 'a minority has no quorum');
  await network.heal();
  assert.deepEqual(await untilMembers(nodes, 60), before);
  assert.equal(await readKey(alone, '/test/side'), 'majority');
  return secondsSince(begun);
}

/** The chosen founder dies before its k3s has made anything: only it may found, and it does later. */
export async function founderDies(scene: Scene): Promise<number> {
  const { nodes } = await openCluster(scene, 3);
  await Promise.all(nodes.map((node) => node.powerOn({ slowK3s: true })));
  const founder = await chosenFounder(nodes);
  await founder.powerCut();
  assert.ok(!hasData(founder));
  const others = nodes.filter((node) => node !== founder);
  for (const node of others) {
    await untilSays(node, new RegExp(`homepbp: .*\\b${founder.name}\\b`), 120);
  }
  await assertStayBlank(others, 20);
  const begun = performance.now();
  await founder.powerOn();
  await untilMembers(nodes, 240);
  return secondsSince(begun);
}

/**
 * It is lost with its disk: the others wait until somebody says so on one of them, and found then.
 * Should that disk come back after all, it founds nothing and joins.
 */
export async function founderLost(scene: Scene): Promise<number> {
  const { nodes } = await openCluster(scene, 3);
  await Promise.all(nodes.map((node) => node.powerOn({ slowK3s: true })));
  const founder = await chosenFounder(nodes);
  await founder.powerCut();
  const others = nodes.filter((node) => node !== founder);
  for (const node of others) await untilSays(node, /homepbp: .*homepbp abandon-founder/, 120);
  const [first] = others;
  assert.ok(first);
  await assert.rejects(first.command(['abandon-founder'], founder.name), /nothing was done/);
  await assertStayBlank(others, 15);
  const begun = performance.now();
  await first.command(['abandon-founder'], first.name);
  const before = await untilMembers(others, 240);
  const seconds = secondsSince(begun);
  await founder.powerOn();
  assert.deepEqual(await untilMembers(nodes, 240), before);
  return seconds;
}

async function chosenFounder(nodes: readonly ClusterNode[]): Promise<ClusterNode> {
  let found: ClusterNode | undefined;
  await until('a founder has begun', 120, nodes, async () => {
    for (const node of nodes) {
      const member = (await node.status())?.member as { mode?: string } | null | undefined;
      if (member?.mode !== 'founding') continue;
      found = node;
      return true;
    }
    return false;
  });
  assert.ok(found);
  return found;
}
