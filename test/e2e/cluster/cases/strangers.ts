// False servers, forged messages, absent servers.
import assert from 'node:assert/strict';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Running, startProgram } from '../../program.ts';
import type { Scene } from '../../scene.ts';
import { type Cluster, openCluster, powerOnAll, secondsSince } from '../cluster.ts';
import { caHash, hasData } from '../data.ts';
import { CA } from '../k3s.ts';
import type { Card } from '../network.ts';
import { makeSecrets } from '../seed.ts';
import { assertStayBlank, until, untilMembers, untilSays } from '../until.ts';

const BIN = join(import.meta.dirname, '..', 'bin');

/** A program on a machine that is not one of our nodes. */
async function stranger(scene: Scene, card: Card, words: readonly string[], ready: RegExp) {
  const [program = '', ...rest] = words;
  const inside = ['ip', 'netns', 'exec', card.namespace, 'env', `ADDRESS=${card.address}`];
  const command = [...inside, '/usr/bin/python3', join(BIN, program), ...rest];
  const running = startProgram(program, command, join(scene.logs, `${program}.log`));
  scene.defer(() => running.stop());
  await running.said.waitFor(ready, 15);
  return running;
}

async function rogue(scene: Scene, card: Card, folder: string, ...shows: string[]) {
  const words = ['rogue-server', folder, ...shows];
  const running = await stranger(scene, card, words, /rogue ready/);
  const heard = () => readFile(join(folder, 'heard'), 'utf8').catch(() => '');
  return { running, heard };
}

/** Nobody told a false server the token, in any form. */
async function assertToldNothing(cluster: Cluster, heard: () => Promise<string>): Promise<void> {
  const text = await heard();
  assert.match(text, /cacerts/, 'the false server was asked at all');
  assert.doesNotMatch(text, /authorization/i);
  const { token, agentToken, peerKey } = cluster.secrets;
  for (const secret of [token, agentToken, peerKey]) {
    assert.ok(!text.includes(secret));
    for (const user of ['server', 'node'])
      assert.ok(!text.includes(Buffer.from(`${user}:${secret}`).toString('base64')));
  }
}

/**
 * A false server at a stranger's address does not block. One at a node's own address blocks founding
 * and is reported; it gets neither the token nor a join, not even when it shows our own CA.
 */
export async function rogue6443(scene: Scene): Promise<number> {
  const cluster = await openCluster(scene, 3);
  const [first, second, third] = [cluster.node(1), cluster.node(2), cluster.node(3)];
  const elsewhere = await cluster.network.addCard(40);
  const outside = await rogue(scene, elsewhere, join(scene.scratch, 'rogue-elsewhere'));
  const inside = await rogue(scene, third.card, join(scene.scratch, 'rogue-at-n3'));
  await powerOnAll([first, second]);
  for (const node of [first, second]) {
    await untilSays(
      node,
      new RegExp(`homepbp: .*${third.card.address.replaceAll('.', '\\.')}`),
      90,
    );
  }
  await assertStayBlank([first, second], 15);
  await inside.running.stop();
  const begun = performance.now();
  await untilMembers([first, second], 240);
  const seconds = secondsSince(begun);
  const ours = join(scene.scratch, 'our-ca.crt');
  await copyFile(join(first.folder, CA), ours);
  const fake = await rogue(scene, third.card, join(scene.scratch, 'rogue-with-our-ca'), ours);
  await sleep(15_000);
  await fake.running.stop();
  await third.powerOn();
  await untilMembers(cluster.nodes, 240);
  for (const { heard } of [outside, inside]) await assertToldNothing(cluster, heard);
  assert.doesNotMatch(await fake.heard(), /authorization/i);
  return seconds;
}

/**
 * Messages without the peer key, and true ones said again, change nothing; nor do 1,200 datagrams of one byte a
 * second, as if from 1,200 machines.
 */
export async function forgedPeers(scene: Scene): Promise<number> {
  const { network, nodes, node } = await openCluster(scene, 3);
  const [card, other] = [await network.addCard(41), await network.addCard(42)];
  const targets = ['10.77.0.255', ...nodes.map((node) => node.card.address)];
  const forger: Running = await stranger(scene, card, ['forger', ...targets], /forger ready/);
  const flood: Running = await stranger(scene, other, ['flood', '10.77.0.255'], /flood ready/);
  const begun = performance.now();
  await powerOnAll(nodes);
  await untilMembers(nodes, 300);
  const seconds = secondsSince(begun);
  const status = await node(1).status();
  const dropped = status?.dropped as Record<string, number>;
  const told = JSON.stringify(dropped);
  assert.ok((dropped.forged ?? 0) > 0 && (dropped.stale ?? 0) > 0, told);
  assert.ok((dropped['no-message'] ?? 0) > 600 * seconds, `${told} in ${seconds} s`);
  assert.equal(status?.refused, 0, 'datagrams that were not looked at');
  await forger.stop();
  await flood.stop();
  return seconds;
}

/**
 * `known_servers` outside the inventory: the nodes join that cluster and found none, even while it is off. It
 * has no token for agents, and theirs have one.
 */
export async function hintedClusterDown(scene: Scene): Promise<number> {
  const cluster = await openCluster(scene, 3);
  const outside = cluster.node(1);
  const nodes = cluster.nodes.slice(1);
  const { name, card } = outside;
  const theirs = { ...makeSecrets(), token: cluster.secrets.token };
  await outside.seed({ servers: { [name]: card.address } }, theirs, true);
  await outside.powerOn();
  const before = await untilMembers([outside], 120);
  await outside.powerCut();
  const hint = { known_servers: [card.address], ca_hash: caHash(outside) };
  const servers = Object.fromEntries(nodes.map((node) => [node.name, node.card.address]));
  for (const node of nodes) await node.seed({ servers, cluster: hint }, cluster.secrets);
  await powerOnAll(nodes);
  for (const node of nodes) {
    await untilSays(node, new RegExp(`homepbp: .*${card.address.replaceAll('.', '\\.')}`), 90);
  }
  await assertStayBlank(nodes, 20);
  const begun = performance.now();
  await outside.powerOn();
  await until('all have joined', 240, nodes, async () => nodes.every(hasData));
  assert.deepEqual(await untilMembers(cluster.nodes, 120), before);
  return secondsSince(begun);
}
