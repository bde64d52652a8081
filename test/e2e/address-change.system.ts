// `./homepbp serve` on a computer whose addresses change, as those of a laptop that wakes up in another network: in
// network namespaces. Runs as root on Linux only; the server drops root before anything changes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type Asker, pxeQuestion } from '../../dhcp/question.ts';
import {
  addNamespace,
  cable,
  ip,
  letBroadcast,
  type MachineSocket,
  openMachine,
  skip,
  spawnIn,
  untilLine,
} from '../../shim/proxy-dhcp/namespaces.trial.ts';

const run = promisify(execFile);
const HOMEPBP = join(import.meta.dirname, '../../homepbp');
/** Whoever owns dist/: the server becomes that user. */
const NOBODY = 65_534;
/** Seconds within which each service must answer at a new address. */
const IN_SECONDS = 10;

const prefix = `hpba${process.pid}`;
const names = { genesis: `${prefix}g`, machine: `${prefix}m` };
const CARD = '52:54:00:97:00:01';
const NODE = CARD.replaceAll(':', '-');
/** Genesis at home, and elsewhere; the machine is on both networks. */
const HOME = '10.97.1.1';
const AWAY = '10.97.9.1';
const MACHINE = { home: '10.97.1.50', away: '10.97.9.50' } as const;
const CONTENT = 'a boot program '.repeat(400);
const BIOS: Asker = {
  mac: Uint8Array.from(Buffer.from(NODE.replaceAll('-', ''), 'hex')),
  arch: 0,
  vendorClass: 'PXEClient',
  uuid: new Uint8Array(16).fill(9),
};

const cleanups: (() => unknown)[] = [];
let dist = '';

function genesis(words: string): void {
  ip(`-n ${names.genesis} ${words}`);
}

before(() => {
  if (skip) return;
  for (const name of Object.values(names)) cleanups.push(addNamespace(name));
  cable(names.machine, 'lan', names.genesis, 'e1');
  ip(`-n ${names.machine} link set lan address ${CARD}`);
  for (const address of Object.values(MACHINE)) {
    ip(`-n ${names.machine} addr add ${address}/24 dev lan`);
  }
  letBroadcast(names.machine);
  dist = makeDist();
});

after(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
});

function makeDist(): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-addresses-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  for (const path of ['', 'tftp', 'nodes', `nodes/${NODE}`]) {
    if (path !== '') mkdirSync(join(folder, path));
    chownSync(join(folder, path), NOBODY, NOBODY);
  }
  const files = {
    'manifest.json': '{}',
    'boot.ipxe': '#!ipxe\n',
    'tftp/undionly.kpxe': CONTENT,
    [`nodes/${NODE}/user-data`]: 'the secret',
  };
  for (const [path, content] of Object.entries(files)) {
    writeFileSync(join(folder, path), content);
    chownSync(join(folder, path), NOBODY, NOBODY);
  }
  return folder;
}

/** Genesis at home until the test ends; whatever it has then is removed. */
function beAtHome(t: TestContext): void {
  genesis(`addr add ${HOME}/24 dev e1`);
  t.after(() => genesis('addr flush dev e1'));
}

function moveAway(): void {
  genesis(`addr del ${HOME}/24 dev e1`);
  genesis(`addr add ${AWAY}/24 dev e1`);
}

/** Starts the shim at the usual ports. @returns what it logs */
async function serve(t: TestContext, flags: readonly string[] = []): Promise<Readable | null> {
  const base = ['serve', '--dist', dist, '--state', join(dist, 'state'), '--proxy-dhcp'];
  const child = spawnIn(t, names.genesis, [HOMEPBP, ...base, ...flags]);
  const dropped = untilLine(child.stderr, /dropped root user=nobody/);
  await untilLine(child.stdout, /^ready http=\S+:8080 tftp=\S+:69$/);
  await dropped;
  return child.stderr;
}

/** What the machine gets from a URL with curl, which accepts answers from no other address. */
async function get(url: string, flags: readonly string[] = []): Promise<string> {
  const curl = ['curl', '-sS', '-f', '-m', '5', ...flags, url];
  const { stdout } = await run('ip', ['netns', 'exec', names.machine, ...curl]);
  return stdout;
}

async function assertServed(address: string, machine: MachineSocket, ciaddr: string, xid: number) {
  assert.equal(await get(`tftp://${address}/undionly.kpxe`), CONTENT);
  assert.equal(await get(`http://${address}:8080/boot.ipxe`), '#!ipxe\n');
  machine.send(pxeQuestion(BIOS, { type: 'discover', xid }));
  const offer = await machine.hear();
  assert.deepEqual([offer.from, offer.packet.siaddr], [`${address}:67`, address]);
  machine.send(pxeQuestion(BIOS, { type: 'request', xid, ciaddr }), `${address}:4011`);
  const ack = await machine.hear();
  assert.deepEqual([ack.from, ack.packet.siaddr], [`${address}:4011`, address]);
}

test('a new address: TFTP, HTTP and proxy DHCP serve there, and it is said', {
  skip,
}, async (t) => {
  beAtHome(t);
  const log = await serve(t);
  const machine = await openMachine(t, names.machine);
  await assertServed(HOME, machine, MACHINE.home, 1);
  const said = untilLine(log, /addresses changed gone=10\.97\.1\.1 new=10\.97\.9\.1 page=(\S+)/);
  const began = performance.now();
  moveAway();
  const [, page] = await said;
  assert.equal(page, `http://${AWAY}:8080/`);
  await assertServed(AWAY, machine, MACHINE.away, 2);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < IN_SECONDS, `${seconds} s`);
});

test('--interface: its new address', { skip }, async (t) => {
  beAtHome(t);
  const log = await serve(t, ['--interface', 'e1']);
  const machine = await openMachine(t, names.machine);
  const said = untilLine(log, /addresses changed gone=10\.97\.1\.1 new=10\.97\.9\.1/);
  moveAway();
  await said;
  await assertServed(AWAY, machine, MACHINE.away, 3);
});

test('--host: its address goes, which is said, and comes back', { skip }, async (t) => {
  beAtHome(t);
  const log = await serve(t, ['--host', HOME]);
  const gone = untilLine(log, /addresses changed gone=10\.97\.1\.1 reason="machines cannot reach/);
  moveAway();
  await gone;
  await assert.rejects(get(`http://${AWAY}:8080/boot.ipxe`), /curl: \(7\)/);
  const back = untilLine(log, /addresses changed new=10\.97\.1\.1/);
  genesis(`addr add ${HOME}/24 dev e1`);
  await back;
  await assertServed(HOME, await openMachine(t, names.machine), MACHINE.home, 4);
});

test('an address with a label belongs to its card: the guard knows the machine, which gets one offer', {
  skip,
}, async (t) => {
  beAtHome(t);
  genesis('addr add 10.97.1.2/24 dev e1 label e1:1');
  await serve(t);
  assert.equal(await get(`http://10.97.1.2:8080/nodes/${NODE}/user-data`), 'the secret');
  const machine = await openMachine(t, names.machine);
  // The second question shows that the first had one answer only.
  for (const xid of [5, 6]) {
    machine.send(pxeQuestion(BIOS, { type: 'discover', xid }));
    assert.equal((await machine.hear()).packet.xid, xid);
  }
});

for (const [mtu, asked, granted] of [
  [1400, 1468, 1368],
  [1400, 65_464, 1368],
  [1400, 1024, 1024],
  [1500, 65_464, 1468],
] as const) {
  test(`a link with an MTU of ${mtu}: of a blksize of ${asked}, ${granted} are granted`, {
    skip,
  }, async (t) => {
    beAtHome(t);
    genesis(`link set e1 mtu ${mtu}`);
    t.after(() => genesis('link set e1 mtu 1500'));
    const log = await serve(t);
    const line = untilLine(log, /undionly\.kpxe .*\bblksize=(\d+)/);
    const flags = ['--tftp-blksize', String(asked)];
    assert.equal(await get(`tftp://${HOME}/undionly.kpxe`, flags), CONTENT);
    assert.equal((await line)[1], String(granted));
  });
}

test('the names of this computer are hosts that it answers to', { skip }, async (t) => {
  beAtHome(t);
  await serve(t);
  const own = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  for (const host of [own.toUpperCase(), `${own.split('.')[0]}.local.:8080`]) {
    const url = `http://${HOME}:8080/boot.ipxe`;
    assert.equal(await get(url, ['-H', `Host: ${host}`]), '#!ipxe\n');
  }
  await assert.rejects(get(`http://${HOME}:8080/boot.ipxe`, ['-H', 'Host: evil.example']), /421/);
});
