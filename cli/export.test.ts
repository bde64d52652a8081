// `export` as users run it: what it refuses, what --url makes of the tree, and kills in the middle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  privateDecrypt,
} from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../build/output.ts';
import { buildProject } from '../build/project.ts';
import type { EnrollAnswer } from '../contract/enrolment.ts';
import { parseInventoryFile } from '../contract/inventory.ts';
import { parseIssued } from '../contract/issued.ts';
import { secretsFor } from '../trust/node-secrets.ts';
import { proof } from '../trust/proof.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const MAC = '52-54-00-12-00-01';

function inventory(genesis: string, nodes = 1): string {
  const entries = Array.from({ length: nodes }, (_, at) => {
    const hex = (at + 1).toString(16).padStart(4, '0');
    return `  - { name: n${at}, mac: 52540012${hex} }\n`;
  });
  return `${genesis}ssh: { keys: ["${KEY}"] }\nnodes:\n${entries.join('')}`;
}

function openProject(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  writeFileSync(path('nodes.yaml'), text);
  const run = (...args: string[]) => runHomepbp(args, { cwd: folder, home: folder });
  return { folder, path, run };
}

/** Path → content of every file but what is no part of the tree. */
function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'latin1')]));
}

test('genesis.ip: auto is refused: the scripts would point nowhere', async (t) => {
  const { path, run } = openProject(t, inventory(''));
  assert.equal((await run('build')).status, 0);
  const { status, stderr } = await run('export', 'nas');
  assert.equal(status, 1);
  assert.match(stderr, /genesis\.ip: auto in nodes\.yaml\)\n {2}hint: .*--url http:\/\/HOST/);
  assert.ok(!existsSync(path('nas')));
});

test('--url: a tree for that server; dist/ stays; the set of servers counts as published', async (t) => {
  const { path, run } = openProject(t, inventory(''));
  assert.equal((await run('build')).status, 0);
  const before = contents(path('dist'));
  const first = await run('export', 'nas', '--url', 'http://nas.lan/boot/');
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^nas: \d+ files written \(.*\), 0 unchanged, 0 removed$/m);
  assert.deepEqual(contents(path('dist')), before);
  const exported = contents(path('nas'));
  const clear = `nodes/${MAC}/secrets.json`;
  assert.deepEqual(Object.keys(exported), [...Object.keys(before), clear].sort());
  assert.match(exported['tftp/boot.ipxe'] ?? '', /^set base http:\/\/nas\.lan\/boot$/m);
  const token = readFileSync(path('secrets/token'), 'utf8').trim();
  assert.equal(JSON.parse(exported[clear] ?? '').token, token, 'the same secrets');
  assert.deepEqual(JSON.parse(readFileSync(path('cluster.lock.json'), 'utf8')).epochs, {
    1: [['n0']],
  });

  const again = await run('export', 'nas', '--url', 'http://nas.lan/boot/');
  assert.match(again.stdout, /^nas: 0 files written \(0 B\), \d+ unchanged, 0 removed$/m);
});

test('--url: the settings for DHCP servers send machines to its host', async (t) => {
  const { path, run } = openProject(t, inventory(''));
  const { status, stderr } = await run('export', 'nas', '--url', 'http://10.0.0.9:81/boot');
  assert.equal(status, 0, stderr);
  const conf = contents(path('nas'))['dhcp/dnsmasq.conf'] ?? '';
  assert.match(conf, /^dhcp-boot=tag:ipxe,boot\.ipxe,,10\.0\.0\.9$/m);
});

test('a dry run leaves no trace', async (t) => {
  const { folder, run } = openProject(t, inventory(''));
  const { status, stdout } = await run('export', 'nas', '--url', 'http://nas.lan', '--dry-run');
  assert.equal(status, 0);
  assert.match(stdout, /^would write boot\.ipxe$/m);
  assert.match(stdout, /^nas: \d+ files to write /m);
  assert.deepEqual(readdirSync(folder), ['nodes.yaml']);
});

test('with a fixed address dist/ itself is copied, and its servers count as published', async (t) => {
  const { path, run } = openProject(t, inventory('genesis: { ip: 192.168.1.2 }\n'));
  assert.equal((await run('build')).status, 0);
  // What the shim saw in the meantime stays.
  const seen = { epoch: 1, servers: ['n0', 'n1'] };
  writeFileSync(path('state/published.json'), JSON.stringify({ version: 1, sets: [seen] }));
  assert.equal((await run('export', 'nas', '--without-secrets')).status, 0);
  assert.deepEqual(contents(path('nas')), contents(path('dist')));
  const published = JSON.parse(readFileSync(path('state/published.json'), 'utf8'));
  assert.deepEqual(published, { version: 1, sets: [seen, { epoch: 1, servers: ['n0'] }] });
  rmSync(path('state'), { recursive: true });
  assert.equal((await run('export', 'nas')).status, 0);
  assert.equal((await run('build')).status, 0);
  assert.deepEqual(JSON.parse(readFileSync(path('cluster.lock.json'), 'utf8')).epochs, {
    1: [['n0']],
  });
});

test('arguments: a folder, and a URL that machines can use', async (t) => {
  const { run } = openProject(t, inventory(''));
  assert.match((await run('export')).stderr, /export: DIR is missing/);
  assert.match((await run('export', 'a', 'b')).stderr, /unexpected argument 'b'/);
  for (const url of ['nas.lan', 'https://nas.lan', 'http://localhost/', 'http://nas.lan/a,b'])
    assert.match(
      (await run('export', 'nas', '--url', url)).stderr,
      /--url takes http:\/\/HOST/,
      url,
    );
});

test('--url: a name that nodes with fixed addresses cannot complete is refused', async (t) => {
  const text = inventory('').replace(/mac: [^,}\n]+/, '$&, ip: 10.0.0.7/24');
  const { run } = openProject(t, text);
  const { status, stderr } = await run('export', 'nas', '--url', 'http://nas/boot');
  assert.equal(status, 1);
  assert.match(stderr, /'nas' is a name without a domain, which \S+ cannot resolve/);
});

const SEALED = `nodes/${MAC}/secrets.sealed.json`;
const CLEAR = `nodes/${MAC}/secrets.json`;

/** Nodes n0 and n1 with a tree; n0 has enrolled with the key that this returns. */
async function openEnrolled(t: TestContext) {
  const project = openProject(t, inventory('genesis: { ip: 192.168.1.2 }\n', 2));
  const { path, run } = project;
  assert.equal((await run('build')).status, 0);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const seen = { at: '2026-11-29T00:00:00.000Z', address: null, fingerprint: 'SHA256:x' };
  const record = {
    ...{ version: 1, name: 'n0', admitted: null, refused: null },
    pinned: { ...seen, mac: MAC, role: 'server', state: 'a', key, wipe: null },
  };
  const write = (change: object = {}) => {
    mkdirSync(path('state/enrolled'), { recursive: true });
    writeFileSync(path('state/enrolled/n0.json'), JSON.stringify({ ...record, ...change }));
  };
  write();
  const read = (name: string) => readFileSync(path(`nas/${name}`), 'utf8');
  const secretsOf = (name: string) => readFileSync(path(`secrets/${name}`), 'utf8').trim();
  return { ...project, run, record, write, read, secretsOf, privateKey };
}

test('an enrolled node gets its secrets sealed, others in the clear; an export says how many', async (t) => {
  const { path, run, read, secretsOf, privateKey } = await openEnrolled(t);
  const { status, stdout, stderr } = await run('export', 'nas');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^secrets: 1 node sealed, 1 in the clear, 0 left out$/m);
  assert.match(
    stderr,
    /^warning: the secrets of n1 are in the clear: .*nas\/nodes\/\*\/secrets\.json/m,
  );
  assert.match(stderr, /hint: boot these nodes once from \.\/homepbp serve, where they enrol/);
  const answer: EnrollAnswer = JSON.parse(read(SEALED));
  const secrets = JSON.parse(open(answer.sealed, privateKey));
  assert.deepEqual([secrets.name, secrets.token], ['n0', secretsOf('token')]);
  const peerKey = secretsOf('peer-key');
  assert.deepEqual(answer.proofs, [proof(peerKey, 'enroll', '', answer.sealed.tag)]);
  const clear = 'nodes/52-54-00-12-00-02/secrets.json';
  assert.equal(JSON.parse(read(clear)).agent_token, secretsOf('agent-token'));
  assert.equal(statSync(path(`nas/${clear}`)).mode & 0o777, 0o600);
  const record = read('.homepbp-export.json');
  for (const name of ['token', 'agent-token', 'peer-key']) {
    for (const text of [read(SEALED), record]) assert.ok(!text.includes(secretsOf(name)), name);
  }
  for (const file of [clear, 'manifest.json'])
    assert.ok(!record.includes(sha256(read(clear))), `${file} has no hash of it`);

  const again = await run('export', 'nas');
  assert.match(again.stdout, /^nas: 0 files written \(0 B\), \d+ unchanged, 0 removed$/m);
  assert.equal(JSON.parse(read(SEALED)).sealed.tag, answer.sealed.tag, 'it is not sealed anew');
  chmodSync(path(`nas/${clear}`), 0o640);
  writeFileSync(path(`nas/${clear}`), 'forged');
  writeFileSync(path(`nas/${SEALED}`), 'forged');
  assert.match((await run('export', 'nas')).stdout, /^nas: 2 files written/m);
  assert.equal(
    statSync(path(`nas/${clear}`)).mode & 0o777,
    0o640,
    'the web server may read it still',
  );
  assert.ok(read(SEALED).startsWith('{"version":1'));
});

test('what an earlier export had in the clear goes: sealed now, or left out', async (t) => {
  const { path, run, write, read } = await openEnrolled(t);
  rmSync(path('state/enrolled'), { recursive: true });
  assert.match((await run('export', 'nas')).stdout, /^secrets: 0 nodes sealed, 2 in the clear/m);
  assert.ok(existsSync(path(`nas/${CLEAR}`)));
  write();
  const sealed = await run('export', 'nas', '--without-secrets');
  assert.match(sealed.stdout, /^secrets: 1 node sealed, 0 in the clear, 1 left out$/m);
  assert.match(sealed.stderr, /^note: nas has no secrets for n1: /m);
  const secrets = readdirSync(path('nas'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('secrets'))
    .sort();
  assert.deepEqual(secrets, [SEALED]);
  assert.ok(!read('.homepbp-export.json').includes(CLEAR));
});

test('a node that is to come with another key has its secrets in the clear', async (t) => {
  const { run, record, write } = await openEnrolled(t);
  const changes = [
    { admitted: '2026-11-30T00:00:00.000Z' },
    { pinned: { ...record.pinned, wipe: '1' } },
    { pinned: null },
  ];
  for (const change of changes) {
    write(change);
    assert.match((await run('export', 'nas')).stdout, /^secrets: 0 nodes sealed, 2 in the clear/m);
  }
});

test('a record or an issued file that is damaged or missing is an error; nothing is written', async (t) => {
  const { path, run, record, write } = await openEnrolled(t);
  write({ pinned: { ...record.pinned, key: 'x' } });
  assert.match(
    (await run('export', 'nas')).stderr,
    /n0\.json: the file is damaged: pinned\.key: not a /,
  );
  write({ version: 1, pinned: undefined });
  assert.match(
    (await run('export', 'nas')).stderr,
    /n0\.json:\d+:\d+: the file is damaged: pinned is/,
  );
  rmSync(path('secrets/issued'), { recursive: true });
  assert.match(
    (await run('export', 'nas')).stderr,
    /secrets\/issued\/secrets\.json is missing\n {2}hint: run \.\/homepbp build first/,
  );
  assert.deepEqual(existsSync(path('nas')) ? readdirSync(path('nas')) : [], []);
});

test('--url, with a state/ elsewhere: the keys in it count', async (t) => {
  const { path, run } = await openEnrolled(t);
  renameSync(path('state'), path('seen'));
  const there = await run('export', 'nas', '--url', 'http://nas.lan', '--state', 'seen');
  assert.match(there.stdout, /^secrets: 1 node sealed, 1 in the clear/m);
  assert.doesNotMatch(there.stderr, /enrolment\.json/);
  const { stdout, stderr } = await run('export', 'nas');
  assert.match(stdout, /^secrets: 0 nodes sealed, 2 in the clear/m);
  assert.match(stderr, /^warning: \S+state\/enrolment\.json is missing: /m, 'lost, or not moved');
});

test('an agent has no server token in an export, sealed or not', async (t) => {
  const text = inventory('genesis: { ip: 192.168.1.2 }\n', 2);
  const { path, run } = openProject(
    t,
    text.replace('name: n1', 'role: agent, disk: none, name: n1'),
  );
  assert.equal((await run('build')).status, 0);
  assert.equal((await run('export', 'nas')).status, 0);
  const secrets = readFileSync(path('nas/nodes/52-54-00-12-00-02/secrets.json'), 'utf8');
  assert.equal(JSON.parse(secrets).token, null);
  for (const name of ['token', 'peer-key'])
    assert.ok(!secrets.includes(readFileSync(path(`secrets/${name}`), 'utf8').trim()), name);
});

/** As payload/trust/seal.py opens it. */
function open({ key, data }: EnrollAnswer['sealed'], privateKey: KeyObject): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const keys = privateDecrypt(
    { key: privateKey, padding, oaepHash: 'sha256' },
    Buffer.from(key, 'base64'),
  );
  const bytes = Buffer.from(data, 'base64');
  const password = keys.subarray(0, 32).toString('hex');
  const derived = pbkdf2Sync(password, bytes.subarray(8, 16), 10_000, 48, 'sha256');
  const cipher = createDecipheriv('aes-256-cbc', derived.subarray(0, 32), derived.subarray(32));
  return cipher.update(bytes.subarray(16), undefined, 'utf8') + cipher.final('utf8');
}

/** What an export of dist/ has where no node has enrolled. */
function treeWith(path: (name: string) => string): Record<string, string> {
  const issued = parseIssued(readFileSync(path('secrets/issued/secrets.json'), 'utf8'), '');
  const { nodes } = parseInventoryFile(readFileSync(path('dist/inventory.json'), 'utf8'), '');
  const secrets = nodes.flatMap((node) =>
    issued.sets.map((set) => [
      `nodes/${node.macs[0]}/secrets.json`,
      `${JSON.stringify(secretsFor(node, set, issued), null, 2)}\n`,
    ]),
  );
  return { ...contents(path('dist')), ...Object.fromEntries(secrets) };
}

test('a killed export leaves each file old or new, and the next one finishes', async (t) => {
  const text = (generation: string) =>
    inventory('genesis: { ip: 192.168.1.2 }\n', 20).replaceAll('name: n', `name: ${generation}`);
  const { path, folder } = openProject(t, text('old'));
  const build = () =>
    buildProject({
      inventory: path('nodes.yaml'),
      out: path('dist'),
      media: path('media'),
      link: 'symlink',
      neverBooted: true,
    });
  const args = [join(import.meta.dirname, '../homepbp.mjs'), 'export', path('nas')];
  const where = ['--out', path('dist'), '--inventory', path('nodes.yaml')];
  mkdirSync(path('nas'));
  let before: Record<string, string> = {};
  let killed = 0;
  for (const [round, generation] of ['a', 'b', 'c'].entries()) {
    writeFileSync(path('nodes.yaml'), text(generation));
    await build();
    const after = treeWith(path);
    const child = spawn(process.execPath, [...args, ...where], { stdio: 'ignore' });
    // Each round gets further: events come with every file that is made and renamed.
    let events = 0;
    const watcher = watch(path('nas'), () => {
      events += 1;
      if (events === 5 + round * 20) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'exit');
    watcher.close();
    if (signal === 'SIGKILL') killed += 1;
    for (const [name, content] of Object.entries(contents(path('nas'))))
      assert.ok(content === before[name] || content === after[name], `${name} is neither`);
    await runHomepbp(['export', 'nas', ...where], { cwd: folder, home: folder });
    assert.deepEqual(contents(path('nas')), after);
    assert.deepEqual(
      readdirSync(path('nas')).filter((name) => name.endsWith('.part')),
      [],
    );
    before = after;
    rmSync(path('state'), { recursive: true, force: true });
  }
  assert.ok(killed >= 2, `only ${killed} of 3 exports were killed in time`);
});
