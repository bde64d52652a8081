// What one or two machines try to take the shim away from all others: connections, event streams, TFTP.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { BASE } from '../cluster/genesis.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS } from '../lan.ts';
import { type Running, runProgram } from '../program.ts';
import type { Attacker } from './attacker.ts';
import type { HostileLan } from './lan.ts';

const CONNECTIONS = 512;
const STREAMS = 32;
const FORGED_PER_SECOND = 20;
/** For the owner, and for a node, to get a file. */
const SECONDS = 2;
const TRIES = 4;

/** Two machines hold so many connections; the owner and a node still get their files. */
export async function manyConnections(lan: HostileLan): Promise<string> {
  const holding = [
    await hold(lan.attacker, CONNECTIONS / 2, '-'),
    await hold(lan.accomplice, CONNECTIONS / 2, '-'),
  ];
  // All that they ever get.
  await sleep(3000);
  const slowest = await slowestOf(lan);
  const held = holding.map(heldBy);
  for (const one of holding) await one.stop();
  return `${CONNECTIONS} connections from two machines: ${held.join(' and ')} held; a file within ${slowest.toFixed(2)} s for owner and node`;
}

function hold(by: Attacker, many: number, path: string): Promise<Running> {
  const words = ['hold.py', GENESIS, String(HTTP_PORT), String(many), path, by.card.address];
  return by.start(words, /^[1-9]\d* open/m);
}

/** How many connections it had, at most. */
function heldBy({ said }: Running): number {
  return Math.max(...[...said.text.matchAll(/^(\d+) open/gm)].map(([, many]) => Number(many)));
}

/** Seconds for the slowest of several files to the owner and to a node. @throws when one takes too long */
async function slowestOf(lan: HostileLan): Promise<number> {
  const node = lan.servers[0].card;
  const files = [
    lan.network.lan.inside(fetch('manifest.json')),
    [
      'ip',
      'netns',
      'exec',
      node.namespace,
      ...fetch(`nodes/${node.mac.replaceAll(':', '-')}/user-data`),
    ],
  ];
  let slowest = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    for (const words of files) slowest = Math.max(slowest, Number(await runProgram(words)));
    await sleep(500);
  }
  return slowest;
}

/** The words that fetch a file and print the seconds that it took. */
function fetch(path: string): string[] {
  const words = ['curl', '-sS', '--fail-with-body', '-m', String(SECONDS), '-o', '/dev/null'];
  return [...words, '-w', '%{time_total}', `${BASE}/${path}`];
}

/** A stranger listens to all event streams that there are; the owner's page still gets its own. */
export async function manyStreams(lan: HostileLan): Promise<string> {
  const holding = await hold(lan.attacker, STREAMS, '/api/events');
  await sleep(2000);
  const listen = `curl -sS -N -m ${SECONDS} ${BASE}/api/events || :`;
  const heard = await runProgram(lan.network.lan.inside(['sh', '-c', listen]));
  const held = heldBy(holding);
  await holding.stop();
  assert.match(heard, /^event: timeline$/m);
  return `${STREAMS} event streams: ${held} held; the owner's page gets its own`;
}

/** Requests in a node's name; its own transfer goes through. */
export async function forgedTftp(lan: HostileLan): Promise<string> {
  const { attacker, servers } = lan;
  const { card } = servers[0];
  const own = attacker.card.address;
  const words = ['forge_tftp.py', own, GENESIS, card.address, FILE, String(FORGED_PER_SECOND)];
  const forging = await attacker.start(words, /forging/);
  // As many as the limits allow are running by then.
  await sleep(5000);
  const get = [
    'curl',
    '-sS',
    '-m',
    '20',
    '-o',
    '/dev/null',
    '-w',
    '%{time_total} %{size_download}',
  ];
  const said = await runProgram([
    'ip',
    'netns',
    'exec',
    card.namespace,
    ...get,
    `tftp://${GENESIS}/${FILE}`,
  ]);
  await forging.stop();
  const [seconds, bytes] = said.split(' ').map(Number);
  assert.ok(bytes !== undefined && bytes > 0, said);
  return `${FORGED_PER_SECOND} TFTP requests a second in n1's name: its own ${bytes} bytes in ${seconds} s`;
}

const FILE = 'boot.ipxe';
