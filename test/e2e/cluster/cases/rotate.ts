// New secrets while the cluster runs: staged on each node as enrolment does it, taken into use by the nodes themselves.
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretSet } from '../../../../contract/issued.ts';
import { secretsFor } from '../../../../trust/node-secrets.ts';
import type { Scene } from '../../scene.ts';
import { openCluster, powerOnAll, secondsSince } from '../cluster.ts';
import { CONFIG } from '../k3s.ts';
import type { ClusterNode } from '../node.ts';
import { makeSecrets } from '../seed.ts';
import { until, untilMembers } from '../until.ts';

const STATE = 'disk/var/lib/homepbp';

/** As payload/enroll leaves a newer set. */
async function stage(node: ClusterNode, role: 'server' | 'agent', set: SecretSet): Promise<void> {
  const secrets = secretsFor({ name: node.name, role }, set, { passwordKey: 'any' });
  const path = join(node.folder, STATE, 'secrets.staged.json');
  await writeFile(`${path}.new`, JSON.stringify(secrets), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function setInUse(node: ClusterNode): Promise<string> {
  return JSON.parse(await readFile(join(node.folder, STATE, 'secrets.json'), 'utf8')).set;
}

async function isUp(node: ClusterNode): Promise<boolean> {
  return (await node.status())?.k3s === 'up';
}

/** Watches these servers until it is stopped: how many k3s were off at once, at most. */
function watchServers(servers: readonly ClusterNode[]) {
  const seen = { mostOff: 0, names: '' };
  let isOver = false;
  const ask = ['systemctl', 'show', 'k3s.service', '--property=ActiveState', '--value'];
  const watch = async () => {
    while (!isOver) {
      const states = await Promise.all(servers.map((one) => one.run(ask).catch(() => 'none')));
      const off = servers.filter((_, index) => states[index]?.trim() !== 'active');
      if (off.length > seen.mostOff) {
        Object.assign(seen, { mostOff: off.length, names: off.map(({ name }) => name).join(' ') });
      }
      await sleep(200);
    }
    return seen;
  };
  const watched = watch();
  return () => {
    isOver = true;
    return watched;
  };
}

/**
 * Three servers and an agent. While a server is off nothing is taken into use; once it has come back and has got the
 * set, too, the servers go one after the other, and then the agent.
 */
export async function rotate(scene: Scene): Promise<number> {
  const { nodes, node, secrets } = await openCluster(scene, 4);
  const [servers, agent, last] = [nodes.slice(0, 3), node(4), node(3)];
  const plan = {
    servers: Object.fromEntries(servers.map(({ name, card }) => [name, card.address])),
  };
  for (const one of nodes) {
    await one.seed(one === agent ? { ...plan, role: 'agent' } : plan, secrets);
  }
  await powerOnAll(nodes);
  const before = await untilMembers(servers, 240);
  await until(`${agent.name} has joined`, 120, [agent], () => isUp(agent));

  const next: SecretSet = { ...makeSecrets(), token: secrets.token };
  await last.powerCut();
  for (const one of servers.slice(0, 2)) await stage(one, 'server', next);
  await stage(agent, 'agent', next);
  for (const one of servers.slice(0, 2)) {
    await until(`${one.name} waits for ${last.name}`, 90, [one], async () =>
      /^waits for n3/.test(String((await one.status())?.rotation)),
    );
  }
  for (const one of nodes) assert.equal(await setInUse(one), secrets.id);

  await last.powerOn();
  assert.deepEqual(await untilMembers(servers, 120), before);
  await until('all are up', 60, servers, async () =>
    (await Promise.all(servers.map(isUp))).every(Boolean),
  );
  const begun = performance.now();
  const stop = watchServers(servers);
  await stage(last, 'server', next);
  await until('all use the new set', 600, nodes, async () =>
    (await Promise.all(nodes.map(setInUse))).every((set) => set === next.id),
  );
  const seconds = secondsSince(begun);
  assert.deepEqual(await untilMembers(servers, 120), before);
  const { mostOff, names } = await stop();
  assert.equal(mostOff, 1, `off at once: ${names}`);
  await until('the agent is back', 120, [agent], () => isUp(agent));
  for (const one of servers) {
    const text = await readFile(join(one.folder, CONFIG), 'utf8');
    assert.match(text, new RegExp(`^agent-token: "${next.agentToken}"$`, 'm'));
  }
  const text = await readFile(join(agent.folder, CONFIG), 'utf8');
  assert.match(text, new RegExp(`^token: "K10${before.ca}::node:${next.agentToken}"$`, 'm'));
  return seconds;
}
