// `./homepbp serve` while one machine on the network takes all that it can get: this computer, a node
// and another machine are still served. In network namespaces, as root.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { macWithColons } from '../contract/mac.ts';
import { pxeQuestion } from '../dhcp/question.ts';
import {
  addNamespace,
  cable,
  ip,
  letBroadcast,
  openMachine,
  skip,
  spawnIn,
  untilLine,
} from './proxy-dhcp/namespaces.trial.ts';
import { pattern } from './tftp/server.trial.ts';

const run = promisify(execFile);
const HOMEPBP = join(import.meta.dirname, '../homepbp');
const CROWD = join(import.meta.dirname, 'crowd.trial.ts');

const prefix = `hpbc${process.pid}`;
const [GENESIS, HUB, NODE, OWNER, ATTACKER] = ['g', 'h', 'n', 'o', 'a'].map((x) => prefix + x);
const HOST = '10.97.1.1';
const MAC = '52-54-00-97-00-01';
/** The attacker also sends in the node's name, and takes no answers for it. */
const ADDRESS = { node: '10.97.1.11', owner: '10.97.1.12', attacker: '10.97.1.66' } as const;
const ALSO_ATTACKER = '10.97.1.67';
const BOOT_PROGRAM = pattern(50_000);

const cleanups: (() => unknown)[] = [];
let dist = '';

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(dist, path)), { recursive: true });
  writeFileSync(join(dist, path), content);
}

before(() => {
  if (skip) return;
  for (const name of [GENESIS, HUB, NODE, OWNER, ATTACKER]) {
    cleanups.push(addNamespace(name ?? ''));
  }
  ip(`-n ${HUB} link add br0 type bridge stp_state 0 forward_delay 0`);
  ip(`-n ${HUB} link set br0 up`);
  for (const [index, name] of [GENESIS, NODE, OWNER, ATTACKER].entries()) {
    cable(name ?? '', 'lan', HUB ?? '', `p${index}`);
    ip(`-n ${HUB} link set p${index} master br0`);
  }
  ip(`-n ${NODE} link set lan address ${macWithColons(MAC)}`);
  for (const [name, address] of [
    [GENESIS, HOST],
    [NODE, ADDRESS.node],
    [OWNER, ADDRESS.owner],
    [ATTACKER, ADDRESS.attacker],
    [ATTACKER, ALSO_ATTACKER],
  ]) {
    ip(`-n ${name} addr add ${address}/24 dev lan`);
  }
  ip(`netns exec ${ATTACKER} sysctl -qw net.ipv4.conf.all.arp_ignore=1`);
  ip(`netns exec ${ATTACKER} sysctl -qw net.ipv4.conf.all.arp_announce=2`);
  ip(`-n ${ATTACKER} addr add ${ADDRESS.node}/32 dev lo`);
  letBroadcast(ATTACKER ?? '');
  dist = mkdtempSync(join(tmpdir(), 'homepbp-crowd-'));
  cleanups.push(() => rmSync(dist, { recursive: true }));
  const node = { name: 'n1', macs: [MAC], arch: 'amd64', role: 'agent', boot: 'live', os: 'x' };
  const founding = { epoch: 1, servers: [], founded: false };
  const inventory = { version: 1, httpPort: 8080, cluster: 'home', founding, nodes: [node] };
  write('manifest.json', '{}');
  write('inventory.json', JSON.stringify(inventory));
  write('s', 'served');
  write('large', pattern(24 * 1024 * 1024));
  write('tftp/boot.bin', BOOT_PROGRAM);
  write('tftp/undionly.kpxe', BOOT_PROGRAM);
});

after(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
});

/** Starts the shim. @returns resolves at the first matching line of its log, past or future */
async function serve(t: TestContext, flags: readonly string[] = []) {
  const state = mkdtempSync(join(tmpdir(), 'homepbp-crowd-state-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const ports = ['--http-port', '8080', '--tftp-port', '69'];
  const base = ['serve', '--dist', dist, '--state', state, ...ports];
  const child = spawnIn(t, GENESIS ?? '', [HOMEPBP, ...base, ...flags]);
  await untilLine(child.stdout, /^ready /);
  const lines: string[] = [];
  const log = createInterface({ input: child.stderr as Readable });
  log.on('line', (line) => lines.push(line));
  return async (pattern: RegExp) => {
    while (!lines.some((line) => pattern.test(line))) {
      await once(log, 'line', { signal: AbortSignal.timeout(10_000) });
    }
  };
}

/** Lets the attacker begin, and waits until it has what it can get. */
async function attack(t: TestContext, words: readonly string[]): Promise<void> {
  const child = spawnIn(t, ATTACKER ?? '', [process.execPath, CROWD, ...words]);
  await untilLine(child.stdout, /^ready$/);
}

async function curl(namespace: string | undefined, words: readonly string[]): Promise<string> {
  const command = ['netns', 'exec', namespace ?? '', 'curl', '-sS', '-m', '5', ...words];
  return (await run('ip', command, { timeout: 20_000 })).stdout;
}

const WHO = { 'this computer': GENESIS, 'the node': NODE, 'another machine': OWNER } as const;

test('600 downloads that two addresses of one machine begin and never read', {
  skip,
}, async (t) => {
  const log = await serve(t);
  await attack(t, ['tcp', HOST, '8080', '300', '/large', ADDRESS.attacker, ALSO_ATTACKER]);
  for (const [who, namespace] of Object.entries(WHO)) {
    for (let n = 0; n < 3; n += 1) {
      assert.equal(await curl(namespace, [`http://${HOST}:8080/s`]), 'served', who);
    }
  }
  await log(/too many connections/);
});

test('80 event streams of one machine', { skip }, async (t) => {
  await serve(t);
  await attack(t, ['tcp', HOST, '8080', '40', '/api/events', ADDRESS.attacker, ALSO_ATTACKER]);
  for (const [who, namespace] of Object.entries(WHO)) {
    const page = spawnIn(t, namespace ?? '', ['curl', '-sSN', `http://${HOST}:8080/api/events`]);
    await untilLine(page.stdout, /^event: timeline$/).catch((error) =>
      assert.fail(`${who}: ${error}`),
    );
  }
  const metrics = await curl(GENESIS, [`http://${HOST}:8080/metrics`]);
  const streams = Number(/^homepbp_event_streams (\d+)$/m.exec(metrics)?.[1]);
  assert.equal(streams, 8 + 3);
});

test('TFTP requests in the name of a node', { skip }, async (t) => {
  const log = await serve(t);
  await attack(t, ['udp', HOST, '69', '100', ADDRESS.node]);
  await log(/dropped in favour of a newer request/);
  for (const namespace of [NODE, OWNER]) {
    const target = join(dist, 'got');
    await curl(namespace, ['-o', target, `tftp://${HOST}/boot.bin`]);
    assert.ok(readFileSync(target).equals(BOOT_PROGRAM));
    rmSync(target);
  }
});

test('a DISCOVER with the MAC address of a node that is ready', { skip }, async (t) => {
  const log = await serve(t, ['--proxy-dhcp']);
  const api = `http://${HOST}:8080/api`;
  const checkin = JSON.stringify({ mac: MAC, stage: 'ready', message: '' });
  await curl(NODE, ['-d', checkin, `${api}/checkin`]);
  const stage = async () => JSON.parse(await curl(OWNER, [`${api}/nodes`])).nodes[0].stage;
  assert.equal(await stage(), 'ready');
  const { send, hear } = await openMachine(t, ATTACKER ?? '');
  const mac = Buffer.from(MAC.replaceAll('-', ''), 'hex');
  const forged = {
    mac,
    arch: 0,
    vendorClass: 'PXEClient' as const,
    uuid: new Uint8Array(16).fill(7),
  };
  send(pxeQuestion(forged, { type: 'discover', xid: 1 }));
  await hear();
  assert.equal(await stage(), 'ready');
  await log(/n1 dhcp offer/);
});
