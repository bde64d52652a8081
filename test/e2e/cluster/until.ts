// Waiting for what a cluster is to come to, never longer than a bound.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Etcd } from '../etcd.ts';
import { askEtcd, caHash, hasData } from './data.ts';
import type { ClusterNode } from './node.ts';

/** By what a cluster is told from any other. */
export interface Identity {
  readonly clusterId: string;
  readonly ca: string;
}

/**
 * Waits until every one of these nodes is a voter, and nobody else is, by each one's own etcd.
 * @returns the cluster, the same for all
 * @throws after `seconds`, with what each node said last
 */
export async function untilMembers(
  nodes: readonly ClusterNode[],
  seconds: number,
): Promise<Identity> {
  const wanted = nodes.map(({ name }) => name).sort();
  let seen: (Etcd | null)[] = [];
  await until(`${wanted.join(' ')} are the members`, seconds, nodes, async () => {
    seen = await Promise.all(nodes.map(askEtcd));
    return seen.every((one) => one !== null && one.members.join() === wanted.join());
  });
  return assertOneCluster(nodes, seen);
}

/** One etcd cluster id and one CA among these nodes. */
function assertOneCluster(nodes: readonly ClusterNode[], seen: readonly (Etcd | null)[]) {
  const ids = new Set(seen.map((one) => one?.clusterId));
  assert.equal(ids.size, 1, `one etcd cluster id: ${[...ids].join(' ')}`);
  const hashes = new Set(nodes.map(caHash));
  assert.equal(hashes.size, 1, `one CA: ${[...hashes].join(' ')}`);
  const [clusterId] = ids;
  const [ca] = hashes;
  assert.ok(clusterId && ca);
  return { clusterId, ca };
}

/** Waits for a condition, asking twice a second. @throws after `seconds`, with what the nodes say */
export async function until(
  what: string,
  seconds: number,
  nodes: readonly ClusterNode[],
  condition: () => Promise<boolean>,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > end) {
      throw new Error(`not within ${seconds} s: ${what}\n${await describe(nodes)}`);
    }
    await sleep(500);
  }
}

/** Waits until a node says a sentence that matches, in status.json or on its console. */
export async function untilSays(node: ClusterNode, pattern: RegExp, seconds: number) {
  await until(`${node.name} says ${pattern}`, seconds, [node], async () =>
    pattern.test(node.said()),
  );
}

/** Waits until a node has data of a cluster. */
export async function untilHasData(node: ClusterNode, seconds: number): Promise<void> {
  await until(`${node.name} has data`, seconds, [node], async () => hasData(node));
}

/** Nobody founds anything for so long: what must not happen has no event to wait for. */
export async function assertStayBlank(nodes: readonly ClusterNode[], seconds: number) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    for (const node of nodes) assert.ok(!hasData(node), `${node.name} founds nothing`);
    await sleep(500);
  }
}

async function describe(nodes: readonly ClusterNode[]): Promise<string> {
  const lines = nodes.map(async (node) => {
    const etcd = await askEtcd(node);
    const last = node.said().trim().split('\n').slice(-6).join('\n    ');
    return `  ${node.name}: etcd ${etcd?.members.join(' ') ?? 'does not answer'}\n    ${last}`;
  });
  return (await Promise.all(lines)).join('\n');
}
