// A worker whose secrets are in wrong hands: it is a worker still.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterNode } from '../cluster/node.ts';
import { until, untilMembers } from '../cluster/until.ts';
import { type HostileLan, SECRETS } from './lan.ts';

/** What worker.py said to each server, and by user and path, what each server's k3s answered. */
interface Tried {
  readonly said: number;
  readonly asked: readonly Readonly<Record<string, number>>[];
}

/** It speaks as a server and as another worker, and asks k3s for what only servers get. */
export async function workerAsServer(lan: HostileLan): Promise<string> {
  const { servers, worker, attacker } = lan;
  await worker.powerOn();
  const admitted = async () => /server:/.test(await configOf(worker));
  await until('the worker has joined', 90, [worker], admitted);
  await worker.powerCut();
  await assertAgentsOnly(lan, worker);
  const before = await Promise.all(servers.map(stateOf));
  const addresses = servers.map(({ card }) => card.address);
  const words = ['worker.py', join(worker.folder, SECRETS), servers[0].name, 'w2', ...addresses];
  const { said } = await attacker.start(words, /^\{.*\}$/m);
  const tried: Tried = JSON.parse(said.text.trim());
  const refused = await droppedSince(servers, before, tried.said);
  for (const asked of tried.asked) {
    const { 'node /v1-k3s/config': own, ...others } = asked;
    assert.equal(own, 200, JSON.stringify(asked));
    for (const [what, status] of Object.entries(others)) {
      assert.ok([401, 403].includes(status), `${what}: ${status}`);
    }
  }
  await untilMembers(servers, 10);
  return `a worker that speaks as a server: ${tried.said} messages to each, dropped ${refused.join(' ')}; k3s ${JSON.stringify(tried.asked[0])}`;
}

function configOf(node: ClusterNode): Promise<string> {
  return node.run(['cat', '/etc/rancher/k3s/config.yaml']).catch(() => '');
}

/** What enrolment gave it: no secret of servers. */
async function assertAgentsOnly(lan: HostileLan, { folder }: ClusterNode): Promise<void> {
  const text = await readFile(join(folder, SECRETS), 'utf8');
  const secrets = await lan.secrets();
  for (const name of ['token', 'peer key']) {
    const secret = secrets.get(name) ?? assert.fail(name);
    assert.ok(!text.includes(secret), `the worker has the servers' ${name}`);
  }
}

interface Said {
  readonly dropped: Readonly<Record<string, number>>;
  readonly votes: unknown;
  readonly member: unknown;
  readonly peers: readonly { readonly uuid: string }[];
}

async function stateOf(node: ClusterNode): Promise<Said> {
  return (await node.status()) as unknown as Said;
}

/** Each server dropped as many as it got, and is what it was. @returns how many each dropped */
async function droppedSince(
  servers: readonly ClusterNode[],
  before: readonly Said[],
  said: number,
): Promise<number[]> {
  const counts: number[] = [];
  for (const [index, node] of servers.entries()) {
    const old = before[index] ?? assert.fail(node.name);
    await until(`${node.name} has dropped ${said}`, 15, [node], async () => {
      return sumOf(await stateOf(node)) - sumOf(old) >= said;
    });
    const now = await stateOf(node);
    for (const key of ['votes', 'member'] as const) assert.deepEqual(now[key], old[key]);
    assert.ok(!now.peers.some(({ uuid }) => uuid.startsWith('ffffffff-')), node.name);
    counts.push(sumOf(now) - sumOf(old));
  }
  return counts;
}

/** What was not believed; not what was only late or heard twice. */
function sumOf({ dropped }: Said): number {
  const reasons = ['forged', 'not-its-place', 'not-for-us', 'no-message', 'malformed'];
  return reasons.reduce((sum, reason) => sum + (dropped[reason] ?? 0), 0);
}
