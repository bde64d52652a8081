// Attacks in a node's name: the ARP trick before and after its enrolment, and a cloned MAC address.
import assert from 'node:assert/strict';
import { enrollAnswerSchema } from '../../../contract/enrolment.ts';
import { parseJson } from '../../../contract/parse.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { until, untilSays } from '../cluster/until.ts';
import type { Attacker } from './attacker.ts';
import { assertNoSecrets, type HostileLan, hasSecrets } from './lan.ts';

function seedPath({ card }: ClusterNode): string {
  return `/nodes/${card.mac.replaceAll(':', '-')}/user-data`;
}

/** Loud: a key that is not the one that Genesis believed first, and from where that came. */
function otherKey({ card }: Pick<Attacker, 'card'>): RegExp {
  const address = card.address.replaceAll('.', '\\.');
  return new RegExp(`enrolled since .* with another disk, from ${address}`);
}

/** The seed of a node as the attacker gets it in its name: all there, but for secrets. */
async function assertSeedHasNoSecrets(
  lan: HostileLan,
  node: ClusterNode,
  by: Attacker,
  as?: string,
) {
  const seed = await by.ask({ path: seedPath(node), ...(as !== undefined && { as }) });
  assert.equal(seed.status, 200, seed.body);
  assert.match(seed.body, /^#cloud-config/);
  await assertNoSecrets(lan, seed);
  return seed;
}

/**
 * Before a node has enrolled, the first key is believed: the attacker's, with the trick. Then the node itself is
 * refused, and everybody is told. The owner lets it in.
 */
export async function trickBeforeEnrolment(lan: HostileLan): Promise<string> {
  const { attacker, genesis } = lan;
  const [node] = lan.servers;
  const seed = await assertSeedHasNoSecrets(lan, node, attacker, node.card.mac);
  const reply = await attacker.enrol(node.card.mac, node.card.mac);
  assert.equal(reply.status, 200, reply.body);
  const opened = await attacker.open(parseJson(enrollAnswerSchema, reply.body));
  assert.equal(JSON.parse(opened).name, node.name);
  const from = otherKey(attacker);
  await node.powerOn({ held: true });
  await untilSays(node, from, 30);
  await untilTold(lan, node, from);
  assert.ok(!hasSecrets(node));
  await node.powerCut();
  await genesis.command('enroll', node.name);
  await node.powerOn({ held: true });
  await until(`${node.name} has enrolled`, 30, [node], async () => hasSecrets(node));
  await node.powerCut();
  return `the ARP trick before enrolment: seed without secrets in ${seed.seconds} s, ${node.name}'s secrets by its own key; then ${node.name} is refused and says so`;
}

/** By the log and by `./homepbp status`. */
async function untilTold(
  { genesis }: HostileLan,
  node: ClusterNode,
  pattern: RegExp,
): Promise<void> {
  await until('Genesis says it, too', 10, [node], async () =>
    [genesis.said(), await genesis.status()].every((text) => pattern.test(text)),
  );
}

/** After it, the attacker gets nothing, and that it tried is said. */
export async function trickAfterEnrolment(lan: HostileLan): Promise<string> {
  const { attacker } = lan;
  const [node] = lan.servers;
  await assertSeedHasNoSecrets(lan, node, attacker, node.card.mac);
  return `the ARP trick after enrolment: ${await assertRefused(lan, node, attacker, node.card.mac)}`;
}

/** 409, nothing got, and Genesis tells. */
async function assertRefused(lan: HostileLan, node: ClusterNode, by: Attacker, as?: string) {
  const before = lan.genesis.said().length;
  const reply = await by.enrol(node.card.mac, as);
  assert.equal(reply.status, 409, reply.body);
  await assertNoSecrets(lan, reply);
  const refused = new RegExp(`${node.name}.*${otherKey(node).source}`);
  await until('Genesis logs it', 10, [node], async () =>
    refused.test(lan.genesis.said().slice(before)),
  );
  assert.match(await lan.genesis.status(), otherKey(node));
  return `seed without secrets, 409 ${JSON.stringify(reply.body.trim())}`;
}

/** While the node is off, a machine with its MAC address and its address. */
export async function clonedMac(lan: HostileLan): Promise<string> {
  const { accomplice } = lan;
  const node = lan.servers[0];
  await node.powerCut();
  const own = accomplice.card;
  await accomplice.become(node.card);
  await assertSeedHasNoSecrets(lan, node, accomplice);
  const got = await assertRefused(lan, node, accomplice);
  await accomplice.become(own);
  await node.powerOn();
  return `a cloned MAC address: ${got}`;
}
