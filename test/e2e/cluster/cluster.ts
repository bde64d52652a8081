// A cluster of machines, and what is asked of it: which etcd, which CA, who is in.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterConfig, NodeSecrets } from '../../../contract/node-config.ts';
import type { Scene } from '../scene.ts';
import { etcdctl } from './k3s.ts';
import { type Network, openNetwork } from './network.ts';
import { type ClusterNode, makeNode } from './node.ts';
import { makeSecrets } from './seed.ts';

const CA = 'disk/var/lib/rancher/k3s/server/tls/server-ca.crt';

export interface Cluster {
  readonly network: Network;
  readonly secrets: NodeSecrets;
  readonly nodes: readonly ClusterNode[];
  /** Writes every node's seed: these nodes are the servers of the inventory. */
  seed(servers: readonly ClusterNode[], cluster?: Partial<ClusterConfig>): Promise<void>;
}

/** Machines `n1`, `n2`, … that are off, all of them servers of one inventory. */
export async function openCluster(
  scene: Scene,
  size: number,
  config: Partial<ClusterConfig> = {},
): Promise<Cluster> {
  const network = await openNetwork(scene);
  const secrets = makeSecrets();
  const nodes: ClusterNode[] = [];
  for (let number = 1; number <= size; number += 1) {
    nodes.push(await makeNode(scene, network, `n${number}`, number));
  }
  const cluster: Cluster = {
    network,
    secrets,
    nodes,
    async seed(servers, more = {}) {
      const addresses = Object.fromEntries(servers.map(({ name, card }) => [name, card.address]));
      const plan = { servers: addresses, cluster: more };
      for (const node of nodes) await node.seed(plan, secrets);
    },
  };
  await cluster.seed(nodes, config);
  return cluster;
}

/** What a node's own etcd says of itself. */
export interface Etcd {
  readonly clusterId: string;
  /** Names of the nodes that vote, sorted; a learner has a `?` behind its name. */
  readonly members: readonly string[];
}

/** Asks a node's etcd; null while it does not answer with a quorum. */
export async function askEtcd(node: ClusterNode): Promise<Etcd | null> {
  try {
    const list = await node.run(etcdctl('member', 'list', '-w', 'simple'), 10);
    const status = await node.run(etcdctl('get', '/none', '-w', 'json'), 10);
    const members = list
      .trim()
      .split('\n')
      .map((line) => line.split(', '))
      .map(([, , name = '', , , learner]) => nodeOf(name) + (learner === 'true' ? '?' : ''));
    // The number is above 2^53: not for JSON.parse.
    const clusterId = /"cluster_id":(\d+)/.exec(status)?.[1] ?? '';
    return { clusterId, members: members.sort() };
  } catch {
    return null;
  }
}

function nodeOf(member: string): string {
  return member.slice(0, member.lastIndexOf('-')) || '(new)';
}

/** SHA-256 of a node's CA; null where it has none. */
export function caHash(node: ClusterNode): string | null {
  const path = join(node.folder, CA);
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

/** Whether a node has data of a cluster. */
export function hasData(node: ClusterNode): boolean {
  return existsSync(join(node.folder, 'disk/var/lib/rancher/k3s/server/db/etcd/member/wal'));
}

/**
 * Waits until every one of these nodes is a voter, and nobody else is, by each one's own etcd.
 * @returns the cluster, the same for all
 * @throws after `seconds`, with what each node said last
 */
export async function untilMembers(
  nodes: readonly ClusterNode[],
  seconds: number,
): Promise<{ clusterId: string; ca: string }> {
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

async function describe(nodes: readonly ClusterNode[]): Promise<string> {
  const lines = nodes.map(async (node) => {
    const etcd = await askEtcd(node);
    const last = node.said().trim().split('\n').slice(-6).join('\n    ');
    return `  ${node.name}: etcd ${etcd?.members.join(' ') ?? 'does not answer'}\n    ${last}`;
  });
  return (await Promise.all(lines)).join('\n');
}

/** Writes a key by a node's etcd; resolves when it is acknowledged. */
export async function writeKey(node: ClusterNode, key: string, value: string): Promise<void> {
  await node.run(etcdctl('put', key, value), 15);
}

/** Reads a key by a node's etcd, by a quorum. */
export async function readKey(node: ClusterNode, key: string): Promise<string> {
  return (await node.run(etcdctl('get', key, '--print-value-only'), 15)).trim();
}

/** Power on, all at once. */
export async function powerOnAll(nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.powerOn()));
}

/** Power off, all at once. */
export async function powerCutAll(nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.powerCut()));
}

/** Seconds since a time of performance.now(). */
export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}
