// Nodes that get their secrets from a real Genesis, by enrolment.
import assert from 'node:assert/strict';
import type { Scene } from '../../scene.ts';
import { powerOnAll, secondsSince } from '../cluster.ts';
import { keepKey, readKey } from '../data.ts';
import { type ClusterGenesis, startGenesis } from '../genesis.ts';
import { openNetwork } from '../network.ts';
import { type ClusterNode, makeNode } from '../node.ts';
import { assertStayBlank, until, untilHasData, untilMembers, untilSays } from '../until.ts';

/** Three members that have enrolled, with a key that each of them has. */
async function threeEnrolled(scene: Scene, enroll: 'once' | 'always') {
  const network = await openNetwork(scene);
  const make = (number: number) => makeNode(scene, network, `n${number}`, number);
  const nodes = [await make(1), await make(2), await make(3)] as const;
  const genesis = await startGenesis(scene, network.lan, nodes, { cluster: { enroll } });
  await genesis.seed(nodes);
  await powerOnAll(nodes);
  const identity = await untilMembers(nodes, 240);
  await keepKey(nodes);
  return { nodes, genesis, identity };
}

/**
 * A member that lost its disk has another key. With `once` it is refused, and everybody is told, until the owner
 * lets it in; with `always` it comes back by itself. The others remove its old member, and it joins under its name.
 */
export async function wipedNodeReturns(scene: Scene, enroll: 'once' | 'always'): Promise<number> {
  const { nodes, genesis, identity } = await threeEnrolled(scene, enroll);
  const [first, second] = nodes;
  await second.powerCut();
  await second.loseDisk();
  let begun = performance.now();
  await second.powerOn();
  if (enroll === 'once') {
    await untilRefused(genesis, second);
    begun = performance.now();
    await genesis.command('enroll', second.name);
  }
  await untilHasData(second, 240);
  assert.deepEqual(await untilMembers(nodes, 240), identity);
  for (const node of [first, second]) assert.equal(await readKey(node, '/test/kept'), 'yes');
  return secondsSince(begun);
}

/** The node, Genesis' log and its status say so, and nothing is joined. */
async function untilRefused(genesis: ClusterGenesis, node: ClusterNode): Promise<void> {
  const refused = /enrolled since .* with another disk, from 10\.77\.0\.12/;
  await untilSays(node, refused, 60);
  await until('Genesis says it, too', 10, [node], async () =>
    [genesis.said(), await genesis.status()].every((text) => refused.test(text)),
  );
  await assertStayBlank([node], 15);
}
