// Attacks on three nodes that found: a latch in Genesis' place, and a flood of junk.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterNode } from '../cluster/node.ts';
import { until } from '../cluster/until.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS } from '../lan.ts';
import { askFrom } from './attacker.ts';
import { enrolAll, type HostileLan, provedLatch, release } from './lan.ts';

/** How much longer a founding may take than one in peace: its waits are random. */
const SLACK_SECONDS = 20;

const JUNK_PER_SECOND = 1200;

/**
 * Who answers in Genesis' place says that a cluster is founded. The nodes do not believe it, and none of them
 * keeps anything of it: a `joiner_of` would last for ever.
 */
export async function forgedLatch(lan: HostileLan, quiet: number): Promise<string> {
  await lan.startAnew();
  const { attacker, servers } = lan;
  await enrolAll(servers);
  const victims = servers.map(({ card }) => card.address);
  const words = ['false_genesis.py', attacker.card.address, GENESIS, String(HTTP_PORT), ...victims];
  const env = { REPLAYED: JSON.stringify(await provedLatch(lan, true, 1)) };
  const liar = await attacker.start(words, /false Genesis ready/, env);
  // A kernel takes another MAC address for one that it knows only after a while.
  await until('it answers in the place of Genesis', 15, servers, async () => {
    const told = await Promise.all(
      servers.map(({ card }) => askFrom(card, { path: '/api/founding' })),
    );
    return told.every(({ body }) => JSON.parse(body).founded === true);
  });
  const before = liar.said.text.length;
  const seconds = await release(servers, 120);
  const lies = liar.said.text.slice(before).match(/GET \/api\/founding/g)?.length ?? 0;
  await liar.stop();
  assert.ok(lies >= servers.length, `${lies} lies`);
  for (const node of servers) {
    assert.equal(await joinerOf(node), 0, `${node.name} keeps no lie`);
    assert.ok(
      Number((await node.status())?.unproved) > 0,
      `${node.name} counts what is not proved`,
    );
  }
  assertUsual(seconds, quiet);
  return `a false latch: ${lies} lies with epochs to 2^53-1, founded in ${seconds.toFixed(1)} s, joiner_of 0`;
}

async function joinerOf({ folder }: ClusterNode): Promise<number> {
  const text = await readFile(join(folder, 'disk/var/lib/homepbp/votes.json'), 'utf8');
  return JSON.parse(text).joiner_of;
}

/** One byte at a time to all, in the names of the nodes and of others. */
export async function junkWhileFounding(lan: HostileLan, quiet: number): Promise<string> {
  await lan.startAnew();
  const { attacker, servers } = lan;
  await enrolAll(servers);
  const names = servers.map(({ card }) => card.address);
  const junk = await attacker.start(['junk.py', String(JUNK_PER_SECOND), ...names], /junk ready/);
  const seconds = await release(servers, 120);
  await junk.stop();
  assertUsual(seconds, quiet);
  return `${JUNK_PER_SECOND} junk datagrams a second: founded in ${seconds.toFixed(1)} s, in peace ${quiet.toFixed(1)} s`;
}

function assertUsual(seconds: number, quiet: number): void {
  assert.ok(
    seconds < quiet + SLACK_SECONDS,
    `${seconds.toFixed(1)} s, in peace ${quiet.toFixed(1)} s`,
  );
}
