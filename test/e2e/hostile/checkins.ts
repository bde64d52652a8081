// Check-ins that would close the latch, forged and said again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { CHECKIN_API } from '../../../contract/checkin.ts';
import { peerKeyOf } from '../../../trust/node-secrets.ts';
import { proof } from '../../../trust/proof.ts';
import { powerCutAll } from '../cluster/cluster.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { askFrom, type Reply } from './attacker.ts';
import { type HostileLan, isFounded } from './lan.ts';
import type { Heard } from './listening.ts';

const MESSAGE = 'a'.repeat(64);

/** `founded` in a node's name; with a proof by `key` where there is one. */
function founded({ card }: ClusterNode, challenge?: string, key?: string): object {
  const mac = card.mac.replaceAll(':', '-');
  const body = { mac, stage: 'founded', message: MESSAGE, error: null, epoch: 1 };
  if (challenge === undefined || key === undefined) return body;
  return {
    ...body,
    challenge,
    proof: proof(key, 'check-in', challenge, mac, 'founded', '1', MESSAGE),
  };
}

/** Before the cluster is founded: by a stranger, by another node, by a worker, with proofs that are none. */
export async function forgedCheckins(lan: HostileLan): Promise<string> {
  const { attacker, worker } = lan;
  const [first, second] = lan.servers;
  const peerKey = (await lan.secrets()).get('peer key') ?? assert.fail('no peer key');
  const path = `/${CHECKIN_API}`;
  const inName = (body: object) => attacker.ask({ method: 'POST', path, body, as: first.card.mac });
  const byNode = ({ card }: ClusterNode, body: object) =>
    askFrom(card, { method: 'POST', path, body });
  const strange = randomBytes(32).toString('hex');
  const workersKey = peerKeyOf({ name: worker.name, role: 'agent' }, peerKey);
  const attempts: Readonly<Record<string, () => Promise<Reply>>> = {
    'a stranger': () => attacker.ask({ method: 'POST', path, body: founded(first) }),
    "a stranger in n1's name, no proof": () => inName(founded(first)),
    'a proof by another key': async () => inName(founded(first, await challengeOf(lan), strange)),
    'a proof for a challenge that Genesis never gave': () =>
      inName(founded(first, randomBytes(16).toString('hex'), peerKey)),
    'another node, no proof': () => byNode(second, founded(second)),
    "another node in n1's name": () => byNode(second, founded(first)),
    "a worker by its own key in a server's name": async () =>
      inName(founded(first, await challengeOf(lan), workersKey)),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    const reply = await attempt();
    assert.equal(reply.status, 403, `${name}: ${reply.status} ${reply.body}`);
    assert.equal(await isFounded(lan), false, name);
  }
  return `forged check-ins: ${Object.keys(attempts).length} times 403, the latch is open`;
}

async function challengeOf({ attacker }: HostileLan): Promise<string> {
  const nonce = randomBytes(16).toString('hex');
  const { body } = await attacker.ask({ path: `/api/founding?nonce=${nonce}` });
  return JSON.parse(body).challenge ?? assert.fail(body);
}

/** The founder's own word, as it was heard, said again: at once, and after the owner has opened the latch. */
export async function replayedCheckins(lan: HostileLan, { streams }: Heard): Promise<string> {
  const { attacker, genesis, servers } = lan;
  const body = foundersWord(streams);
  assert.match(body.proof, /^[0-9a-f]{64}$/);
  const as = String(body.mac);
  const replay = async () => {
    const { status } = await attacker.ask({ method: 'POST', path: `/${CHECKIN_API}`, body, as });
    assert.equal(status, 403);
  };
  assert.equal(await isFounded(lan), true);
  await replay();
  // The founder itself would close the latch again: its word is the answer to a challenge of the new shim.
  await powerCutAll(servers);
  await genesis.stop();
  await genesis.openLatch();
  await genesis.start();
  await replay();
  assert.equal(await isFounded(lan), false);
  return "the founder's word said again: 403 while it is fresh, 403 by the next shim, whose latch stays open";
}

/** The one among all check-ins `founded` that is not ours. */
function foundersWord(streams: readonly Buffer[]) {
  const words = streams.flatMap((stream) => [...stream.toString('latin1').matchAll(WORD)]);
  const bodies = words.map(([, body = '']) => JSON.parse(body));
  return bodies.find(({ message }) => message !== MESSAGE) ?? assert.fail('no founder was heard');
}

const WORD = /POST \/api\/checkin [\s\S]*?\r\n\r\n(\{[^{}]*"stage": ?"founded"[^{}]*\})/g;
