// The scene of hostile-lan: Genesis, three servers, a worker, and two machines of an attacker on one bridge.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { peerKeyOf, secretsFor } from '../../../trust/node-secrets.ts';
import { proof } from '../../../trust/proof.ts';
import { powerCutAll, secondsSince } from '../cluster/cluster.ts';
import { type ClusterGenesis, startGenesis } from '../cluster/genesis.ts';
import { type Network, openNetwork } from '../cluster/network.ts';
import { type ClusterNode, makeNode } from '../cluster/node.ts';
import { until, untilMembers } from '../cluster/until.ts';
import type { Scene } from '../scene.ts';
import { type Attacker, addAttacker, type Reply } from './attacker.ts';
import { holds } from './capture.ts';

export interface HostileLan {
  readonly scene: Scene;
  readonly network: Network;
  /** n1, n2 and n3. */
  readonly servers: readonly [ClusterNode, ClusterNode, ClusterNode];
  /** An agent. */
  readonly worker: ClusterNode;
  readonly attacker: Attacker;
  /** Another machine of the attacker's. */
  readonly accomplice: Attacker;
  readonly genesis: ClusterGenesis;
  /** All off, their disks new, and a new project at Genesis. */
  startAnew(): Promise<void>;
  /** Every secret of the project, by name. */
  secrets(): Promise<ReadonlyMap<string, string>>;
}

export async function openHostileLan(scene: Scene): Promise<HostileLan> {
  const network = await openNetwork(scene);
  const make = (name: string, number: number) => makeNode(scene, network, name, number);
  const servers = [await make('n1', 1), await make('n2', 2), await make('n3', 3)] as const;
  const worker = await make('w1', 4);
  const nodes = [...servers, worker];
  const begin = async () => {
    const started = await startGenesis(scene, network.lan, nodes, { agents: [worker] });
    await started.seed(nodes);
    return started;
  };
  let genesis = await begin();
  return {
    scene,
    network,
    servers,
    worker,
    attacker: await addAttacker(scene, network, 50),
    accomplice: await addAttacker(scene, network, 51),
    get genesis() {
      return genesis;
    },
    async startAnew() {
      await powerCutAll(nodes);
      for (const node of nodes) await node.loseDisk();
      await genesis.stop();
      genesis = await begin();
    },
    async secrets() {
      const issued = await genesis.issued();
      const [set] = issued.sets;
      assert.ok(set);
      const agent = { name: worker.name, role: 'agent' } as const;
      return new Map([
        ['token', set.token],
        ['agent token', set.agentToken],
        ['peer key', set.peerKey],
        ["worker's peer key", peerKeyOf(agent, set.peerKey)],
        ["worker's node password", String(secretsFor(agent, set, issued).node_password)],
      ]);
    },
  };
}

/** Powers on, and waits until each has its secrets; their join agents are held. */
export async function enrolAll(nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.powerOn({ held: true })));
  await until('they have enrolled', 60, nodes, async () => nodes.every(hasSecrets));
}

export function hasSecrets({ folder }: ClusterNode): boolean {
  return existsSync(join(folder, SECRETS));
}

/** In a node's folder. */
export const SECRETS = 'disk/var/lib/homepbp/secrets.json';

/** Starts the join agents of nodes that were held. @returns seconds to one cluster of all */
export async function release(nodes: readonly ClusterNode[], seconds = 120): Promise<number> {
  const begun = performance.now();
  await Promise.all(nodes.map((node) => node.run(['systemctl', 'start', 'homepbp-join.service'])));
  await untilMembers(nodes, seconds);
  return secondsSince(begun);
}

/** A reply holds no secret of the cluster, in any spelling. */
export async function assertNoSecrets(lan: HostileLan, { body }: Reply): Promise<void> {
  for (const [name, secret] of await lan.secrets()) {
    assert.ok(!holds([Buffer.from(body)], secret), `the attacker got the ${name}`);
  }
}

/** Whether the latch is closed, as anyone is told. */
export async function isFounded({ attacker }: HostileLan): Promise<boolean> {
  const reply = await attacker.ask({ path: '/api/founding' });
  assert.equal(reply.status, 200, reply.body);
  return JSON.parse(reply.body).founded;
}

/** What Genesis says of the latch, with a proof for a nonce of the test's own. */
export async function provedLatch(lan: HostileLan, founded: boolean, epoch: number) {
  const peerKey = (await lan.secrets()).get('peer key') ?? assert.fail('no peer key');
  const nonce = 'ab'.repeat(16);
  const proofs = [proof(peerKey, 'latch', nonce, founded ? 'founded' : 'open', String(epoch))];
  return { version: 1, founded, epoch, nonce, proofs, challenge: 'cd'.repeat(16) };
}
