// The scene of every case: machines that are off, or that have formed a cluster.
import type { SecretSet } from '../../../contract/issued.ts';
import type { ClusterConfig } from '../../../contract/node-config.ts';
import type { Scene } from '../scene.ts';
import { type Network, openNetwork } from './network.ts';
import { type ClusterNode, makeNode } from './node.ts';
import { makeSecrets } from './seed.ts';
import { type Identity, untilMembers } from './until.ts';

export interface Cluster {
  readonly network: Network;
  readonly secrets: SecretSet;
  readonly nodes: readonly ClusterNode[];
  /** The machine `n<number>`. */
  node(number: number): ClusterNode;
  /** Writes every node's seed: these nodes are the servers of the inventory. */
  seed(servers: readonly ClusterNode[], cluster?: Partial<ClusterConfig>): Promise<void>;
}

export interface FormedCluster extends Cluster {
  readonly identity: Identity;
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
    node(number) {
      const node = nodes[number - 1];
      if (node === undefined) throw new RangeError(`n${number} of ${size}`);
      return node;
    },
    async seed(servers, more = {}) {
      const addresses = Object.fromEntries(servers.map(({ name, card }) => [name, card.address]));
      const plan = { servers: addresses, cluster: more };
      for (const node of nodes) await node.seed(plan, secrets);
    },
  };
  await cluster.seed(nodes, config);
  return cluster;
}

/** The same, switched on at once, and all of them members. */
export async function formCluster(scene: Scene, size: number): Promise<FormedCluster> {
  const cluster = await openCluster(scene, size);
  await powerOnAll(cluster.nodes);
  const identity = await untilMembers(cluster.nodes, 120 + 40 * size);
  return { ...cluster, identity };
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
