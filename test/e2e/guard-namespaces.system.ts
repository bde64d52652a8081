// The guard of nodes/ against real kernels: `./homepbp serve` in a network namespace, machines in
// others. Runs as root on Linux only.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ENROLMENT } from '../../contract/enrolment.ts';
import { ISSUED, type Issued } from '../../contract/issued.ts';
import { proof } from '../../trust/proof.ts';

const skip = process.getuid?.() !== 0 || process.platform !== 'linux';
const HOMEPBP = join(import.meta.dirname, '../../homepbp');

const NODE = '52-54-00-77-00-01';
const RIGHT = '52:54:00:77:00:01';
const WRONG = '52:54:00:77:00:99';
const GENESIS = '192.0.2.1';
const MACHINE = '192.0.2.101';
/** An address of Genesis on its other card. */
const ELSEWHERE = '198.51.100.1';

const prefix = `hpbg${process.pid}`;
const names = { genesis: `${prefix}g`, node: `${prefix}n`, other: `${prefix}o`, far: `${prefix}f` };
const cleanups: (() => unknown)[] = [];
let state = '';
let port = 0;

function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8', timeout: 10_000 });
}

/** Runs `ip` in a namespace. */
function ipIn(machine: keyof typeof names, words: string): string {
  return ip(`-n ${names[machine]} ${words}`);
}

/** A cable between a card of Genesis (or a port of its bridge) and a machine's card `lan`. */
function cable(machine: keyof typeof names, genesisCard: string, mac: string) {
  ip(
    `link add ${genesisCard} netns ${names.genesis} type veth peer name lan netns ${names[machine]}`,
  );
  ipIn(machine, `link set lan address ${mac}`);
  ipIn(machine, 'link set lan up');
  ipIn('genesis', `link set ${genesisCard} up`);
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Asks from a machine for a file. */
function ask(
  machine: keyof typeof names,
  host: string,
  file = `nodes/${NODE}/user-data`,
  headers: Record<string, string> = {},
): Reply {
  return request(machine, { method: 'GET', host, path: `/${file}`, headers });
}

/** Checks in from a machine, for a node. */
function checkIn(
  machine: keyof typeof names,
  host: string,
  body: object,
  headers: Record<string, string> = {},
): Reply {
  const method = 'POST';
  return request(machine, { method, host, path: '/api/checkin', headers }, JSON.stringify(body));
}

interface Question {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

function request(
  machine: keyof typeof names,
  { headers, ...question }: Question,
  body = '',
): Reply {
  const script = `const { request } = await import('node:http');
    request({ ...JSON.parse(process.argv[1]), timeout: 5000 }, async (response) => {
      const body = (await response.toArray()).join('');
      console.log(JSON.stringify({ status: response.statusCode, body }));
    }).on('timeout', () => process.exit(3)).end(process.argv[2]);`;
  const literal = question.host.includes(':') ? '[::1]' : question.host;
  const options = { ...question, port, headers: { Host: literal, ...headers } };
  const words = ['netns', 'exec', names[machine], process.execPath, '--input-type=module', '-e'];
  const args = [...words, script, JSON.stringify(options), body];
  return JSON.parse(execFileSync('ip', args, { encoding: 'utf8', timeout: 20_000 }));
}

function assertRefused(answer: Reply, says: RegExp) {
  assert.equal(answer.status, 403, answer.body);
  assert.match(answer.body, says);
  assert.doesNotMatch(answer.body, /the secret/);
}

function makeNetwork() {
  for (const name of Object.values(names)) {
    ip(`netns add ${name}`);
    cleanups.push(() => ip(`netns delete ${name}`));
    ip(`-n ${name} link set lo up`);
  }
  ipIn('genesis', 'link add br0 type bridge stp_state 0 forward_delay 0');
  ipIn('genesis', `addr add ${GENESIS}/24 dev br0`);
  ipIn('genesis', 'addr add 2001:db8:77::1/64 dev br0 nodad');
  ipIn('genesis', 'link set br0 up');
  cable('node', 'port1', RIGHT);
  cable('other', 'port2', WRONG);
  for (const card of ['port1', 'port2']) ipIn('genesis', `link set ${card} master br0`);
  ipIn('node', `addr add ${MACHINE}/24 dev lan`);
  ipIn('node', 'addr add 2001:db8:77::65/64 dev lan nodad');
  ipIn('other', 'addr add 192.0.2.102/24 dev lan');
  ipIn('other', 'addr add 2001:db8:77::66/64 dev lan nodad');
  cable('far', 'eth1', '52:54:00:77:00:55');
  ipIn('genesis', `addr add ${ELSEWHERE}/24 dev eth1`);
  ipIn('far', 'addr add 198.51.100.5/24 dev lan');
}

function makeDist(): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-guard-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, `nodes/${NODE}`), { recursive: true });
  writeFileSync(join(folder, `nodes/${NODE}/user-data`), 'the secret');
  writeFileSync(join(folder, 'manifest.json'), '{}');
  const founding = { epoch: 1, servers: ['n1'], founded: false };
  const node = { name: 'n1', macs: [NODE], arch: 'amd64', role: 'server', boot: 'live', os: 'x' };
  const inventory = { version: 1, httpPort: 8080, cluster: 'home', founding, nodes: [node] };
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory));
  return folder;
}

const PEER_KEY = 'the peer key';

/** Beside dist/, of which everything is served. */
function makeSecrets(): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-guard-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const set = { id: '0123456789abcdef', token: 't', agentToken: 'a', peerKey: PEER_KEY };
  const issued = { version: 1, project: 'p', passwordKey: PEER_KEY, sets: [set] } as const;
  mkdirSync(join(folder, 'issued'));
  writeFileSync(join(folder, ISSUED), JSON.stringify(issued satisfies Issued));
  return folder;
}

/** Starts the shim in Genesis' namespace; gives its HTTP port. */
async function serve(dist: string): Promise<number> {
  const words = ['netns', 'exec', names.genesis, HOMEPBP, 'serve', '--dist', dist];
  state = join(dist, '.state');
  const folders = ['--state', state, '--secrets', makeSecrets()];
  const flags = ['--http-port', '0', '--tftp-port', '0', ...folders];
  const child = spawn('ip', [...words, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  cleanups.push(() => {
    child.kill('SIGTERM');
    return exited;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^ready http=0\.0\.0\.0:(\d+) /.exec(line);
    if (found !== null) return Number(found[1]);
  }
  throw new Error('the shim said nothing');
}

before(async () => {
  if (skip) return;
  makeNetwork();
  port = await serve(makeDist());
});

after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

test('the right machine gets its files, over IPv4 and IPv6', { skip }, () => {
  for (const host of [GENESIS, '2001:db8:77::1']) {
    assert.deepEqual(ask('node', host), { status: 200, body: 'the secret' });
  }
  assert.equal(ask('node', GENESIS, 'nodes/52-54-00-77-00-02/user-data').status, 403);
});

test('over link-local IPv6 likewise', {
  skip,
}, () => {
  const host = `${linkLocal()}%lan`;
  assert.deepEqual(ask('node', host), { status: 200, body: 'the secret' });
  assertRefused(ask('other', host), new RegExp(WRONG));
});

/** The link-local address of Genesis on its bridge. */
function linkLocal(): string {
  const shown = ipIn('genesis', '-6 -br addr show dev br0 scope link');
  const [address] = /fe80::[\da-f:]+/.exec(shown) ?? assert.fail(shown);
  return address;
}

test('another machine is refused and told its MAC address', { skip }, () => {
  for (const host of [GENESIS, '2001:db8:77::1']) {
    assertRefused(ask('other', host), new RegExp(WRONG));
  }
  assert.equal(ask('other', GENESIS, 'manifest.json').status, 200);
});

test('headers that claim another address change nothing', { skip }, () => {
  const forged = {
    'X-Forwarded-For': MACHINE,
    Forwarded: `for=${MACHINE}`,
    'X-Real-IP': MACHINE,
    Host: MACHINE,
  };
  assertRefused(ask('other', GENESIS, undefined, forged), new RegExp(WRONG));
});

test('a proxy on Genesis itself is not the machine that it asks for', { skip }, () => {
  const forged = { 'X-Forwarded-For': MACHINE };
  for (const host of ['127.0.0.1', '::1', GENESIS, ELSEWHERE]) {
    assertRefused(ask('genesis', host, undefined, forged), /preview\//);
  }
});

test('a machine checks in for itself only, by whatever protocol and with whatever headers', {
  skip,
}, () => {
  const stages = () => JSON.parse(ask('genesis', '127.0.0.1', 'api/nodes').body).nodes[0].stages;
  const before = stages();
  const founded = { mac: NODE, stage: 'founded', message: 'the secret' };
  const forged = { 'X-Forwarded-For': MACHINE, 'X-Real-IP': MACHINE, Host: MACHINE };
  for (const headers of [{}, forged]) {
    for (const host of [GENESIS, '2001:db8:77::1']) {
      assertRefused(checkIn('other', host, founded, headers), new RegExp(WRONG));
    }
    assertRefused(checkIn('genesis', '127.0.0.1', founded, headers), /preview\//);
    assertRefused(checkIn('genesis', GENESIS, founded, headers), /preview\//);
  }
  assert.deepEqual(stages(), before);
  assert.equal(JSON.parse(ask('other', GENESIS, 'api/founding').body).founded, false);
  const said = { mac: RIGHT, stage: 'disk', message: 'STATE is mounted' };
  for (const host of [GENESIS, '2001:db8:77::1']) {
    assert.deepEqual(checkIn('node', host, said), { status: 204, body: '' });
  }
  assert.equal(stages().disk.message, 'STATE is mounted');
  assertRefused(checkIn('node', GENESIS, founded), /no valid proof/);
  const nonce = '0'.repeat(32);
  const word = JSON.parse(ask('node', GENESIS, `api/founding?nonce=${nonce}`).body);
  const fields = [word.challenge, founded.mac, founded.stage, '', founded.message];
  const proved = {
    ...{ ...founded, challenge: word.challenge },
    proof: proof(PEER_KEY, 'check-in', ...fields),
  };
  assertRefused(checkIn('other', GENESIS, proved), new RegExp(WRONG));
  assert.equal(checkIn('node', GENESIS, proved).status, 204);
  assert.equal(JSON.parse(ask('other', GENESIS, 'api/founding').body).founded, true);
});

test('a machine enrols as itself only; without its state/, nobody new does', { skip }, () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const key = publicKey.export({ type: 'spki', format: 'pem' });
  const body = JSON.stringify({ version: 1, mac: NODE, state: 'a', key, nonce: '0'.repeat(32) });
  const enroll = (machine: keyof typeof names, headers: Record<string, string> = {}) =>
    request(machine, { method: 'POST', host: GENESIS, path: '/api/enroll', headers }, body);
  const forged = { 'X-Forwarded-For': MACHINE, 'X-Real-IP': MACHINE, Host: MACHINE };
  for (const headers of [{}, forged]) {
    assertRefused(enroll('other', headers), new RegExp(WRONG));
    assertRefused(enroll('genesis', headers), /preview\//);
  }
  assertRefused(enroll('node', { Origin: 'http://evil.test' }), /not for web pages/);
  assertRefused(enroll('node'), /n1 is not enrolled, and no new key is believed/);
  writeFileSync(join(state, ENROLMENT), JSON.stringify({ version: 1, project: 'p' }));
  assert.equal(enroll('node').status, 200);
});

test('a machine behind a router has no neighbour entry', { skip }, () => {
  ipIn('far', 'addr add 203.0.113.7/32 dev lo');
  ipIn('far', `route add ${GENESIS}/32 via ${ELSEWHERE} src 203.0.113.7`);
  ipIn('genesis', 'route add 203.0.113.7/32 via 198.51.100.5');
  assertRefused(ask('far', GENESIS), /203\.0\.113\.7 is not known/);
  ipIn('far', `route del ${GENESIS}/32`);
});

test('the same address on another card of Genesis does not count', { skip }, () => {
  // eth1's table has the right MAC for the address of the wrong machine on br0, and the reverse.
  ipIn('genesis', `neigh replace 192.0.2.102 lladdr ${RIGHT} dev eth1 nud permanent`);
  ipIn('genesis', `neigh replace ${MACHINE} lladdr ${WRONG} dev eth1 nud permanent`);
  assertRefused(ask('other', GENESIS), new RegExp(WRONG));
  assert.equal(ask('node', GENESIS).status, 200);
  for (const address of ['192.0.2.102', MACHINE]) {
    ipIn('genesis', `neigh del ${address} dev eth1`);
  }
});

test("a machine elsewhere that claims the node's address gets nothing", { skip }, () => {
  // Genesis has seen the node on br0, and its way to that address leads to the intruder on eth1.
  assert.equal(ask('node', GENESIS).status, 200);
  ipIn('genesis', `route add ${MACHINE}/32 dev eth1`);
  ipIn('far', `addr add ${MACHINE}/32 dev lan`);
  ipIn('far', `route add ${GENESIS}/32 via ${ELSEWHERE} src ${MACHINE}`);
  assertRefused(ask('far', GENESIS), /not known/);
});
