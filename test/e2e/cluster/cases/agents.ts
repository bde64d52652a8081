// Agents get a token and a key of their own in a cluster that was formed without.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scene } from '../../scene.ts';
import { openCluster, powerOnAll, secondsSince } from '../cluster.ts';
import { CONFIG } from '../k3s.ts';
import type { ClusterNode } from '../node.ts';
import { until, untilMembers } from '../until.ts';

interface SeenServer {
  readonly address: string;
  readonly verified: boolean;
  readonly refuses: boolean;
}

/** By which of these an agent has joined, once its kubelet runs. */
async function untilJoined(
  agent: ClusterNode,
  servers: readonly ClusterNode[],
): Promise<ClusterNode> {
  await until(`${agent.name} has joined`, 120, [agent], async () => {
    return (await agent.status())?.k3s === 'up';
  });
  const config = await readFile(join(agent.folder, CONFIG), 'utf8');
  const by = servers.find(({ card }) => config.includes(`https://${card.address}:`));
  assert.ok(by !== undefined, config);
  return by;
}

async function refusing(agent: ClusterNode): Promise<readonly string[]> {
  const seen = (await agent.status())?.servers as readonly SeenServer[];
  return seen.filter(({ refuses }) => refuses).map(({ address }) => address);
}

/**
 * One machine after the other is booted with the new secrets. Meanwhile an agent of before joins the servers
 * of before, and a new one the new ones; in the end all have the agents' token, and start with it again.
 */
export async function agentTokens(scene: Scene): Promise<number> {
  const { nodes, node, secrets } = await openCluster(scene, 4);
  const [servers, agent, first] = [nodes.slice(0, 3), node(4), node(1)];
  const plan = {
    servers: Object.fromEntries(servers.map(({ name, card }) => [name, card.address])),
  };
  const seed = (one: ClusterNode, old: boolean) =>
    one.seed(one === agent ? { ...plan, role: 'agent' } : plan, secrets, old);
  const restart = async (one: ClusterNode) => {
    await one.powerCut();
    await one.powerOn();
  };
  for (const one of nodes) await seed(one, true);
  await powerOnAll(nodes);
  const before = await untilMembers(servers, 240);
  await untilJoined(agent, servers);
  const begun = performance.now();

  await seed(first, false);
  await restart(first);
  assert.deepEqual(await untilMembers(servers, 120), before);
  await restart(agent);
  const by = await untilJoined(agent, servers);
  assert.notEqual(by, first, 'a server with the new token refuses an agent with the old one');
  assert.deepEqual(await refusing(agent), [first.card.address]);

  await seed(agent, false);
  await restart(agent);
  assert.equal(await untilJoined(agent, servers), first, 'the only one with the new token');
  const text = await readFile(join(agent.folder, CONFIG), 'utf8');
  assert.match(text, new RegExp(`^token: "K10${before.ca}::node:${secrets.agentToken}"$`, 'm'));
  const search = 'grep -rl "$1" /etc/homepbp /etc/rancher /var/lib/rancher /var/lib/homepbp || :';
  const placesOf = (secret: string) => agent.run(['sh', '-c', search, 'sh', secret]);
  assert.match(await placesOf(secrets.agentToken), /secrets\.json/);
  for (const secret of [secrets.token, secrets.peerKey]) assert.equal(await placesOf(secret), '');

  for (const one of servers.slice(1)) {
    await seed(one, false);
    await restart(one);
    assert.deepEqual(await untilMembers(servers, 120), before);
  }
  // k3s ends if its file of passwords differs from the founder's and is newer, so at the second start.
  await restart(first);
  assert.deepEqual(await untilMembers(servers, 120), before);
  await first.powerCut();
  await restart(agent);
  assert.notEqual(await untilJoined(agent, servers), first);
  return secondsSince(begun);
}
