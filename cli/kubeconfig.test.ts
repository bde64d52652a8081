import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { load } from 'js-yaml';
import { findServers } from './kubeconfig/servers.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const K3S_YAML = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
`;
const MEMBER = '{"version": 1, "epoch": 3}';
const NODES = [
  { name: 'n1', ip: '192.0.2.1/24' },
  { name: 'n2', ip: '2001:db8::2/64' },
  { name: 'n3' },
  { name: 'worker', role: 'agent', ip: '192.0.2.9/24' },
];

/** A built project whose servers are played by a program in ssh's place. */
function openTrial(t: TestContext, answers: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-kubeconfig-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const nodes = NODES.map((node, index) => ({
    ...{ macs: [`52-54-00-12-34-0${index}`], arch: 'amd64', role: 'server', boot: 'live', os: 'x' },
    ...node,
  }));
  const founding = { epoch: 3, servers: ['n1', 'n2', 'n3'], founded: false };
  for (const name of ['dist', 'state', 'answers']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'dist/inventory.json'),
    JSON.stringify({ version: 1, httpPort: 1, cluster: 'home', founding, nodes }),
  );
  for (const [address, text] of Object.entries(answers)) {
    writeFileSync(join(folder, 'answers', address), text);
  }
  const ssh = join(folder, 'ssh');
  writeFileSync(
    ssh,
    `#!/bin/sh
echo "$*" >>asked
for word do [ "$before" = -- ] && address=$word; before=$word; done
cat "answers/$address" 2>/dev/null && exit
echo 'a banner' >&2
printf 'ssh: no \\033[31mroute to %s\\n' "$address" >&2
exit 255
`,
  );
  chmodSync(ssh, 0o755);
  const run = (...words: string[]) =>
    runHomepbp(['kubeconfig', '--ssh', './ssh -q', ...words], { cwd: folder, home: folder });
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  return { folder, run, text };
}

const KEY = `${K3S_YAML}\n---\n${MEMBER}\n`;

test("a server's key becomes a file for the user alone, under the cluster's name and for that server", async (t) => {
  const { folder, run, text } = openTrial(t, { '192.0.2.1': KEY });
  const { status, stdout, stderr } = await run();
  assert.equal(stderr, '');
  assert.match(stdout, /^secrets\/kubeconfig: the admin kubeconfig of cluster home, from n1\n/);
  assert.equal(status, 0);
  assert.deepEqual(load(text('secrets/kubeconfig')), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'home',
        cluster: {
          'certificate-authority-data': 'Q0E=',
          server: 'https://192.0.2.1:6443',
        },
      },
    ],
    users: [
      { name: 'home', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } },
    ],
    contexts: [{ name: 'home', context: { cluster: 'home', user: 'home' } }],
    'current-context': 'home',
  });
  assert.equal(statSync(join(folder, 'secrets/kubeconfig')).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, 'secrets')).mode & 0o777, 0o700);
  assert.match(text('asked'), /^-q -o ConnectTimeout=10 -l ubuntu -- 192\.0\.2\.1 sudo -n cat /);
  assert.equal((await run()).status, 0, 'again: its own file is replaced');
});

test('the founding latch is closed for the epoch of the cluster that gave the key', async (t) => {
  const { run, text } = openTrial(t, { '192.0.2.1': KEY });
  assert.equal((await run()).status, 0);
  const { epoch, node } = JSON.parse(text('state/founded.json'));
  assert.deepEqual([epoch, node], [3, 'n1']);
});

test('a latch of a known founder, or of a later epoch, stays', async (t) => {
  for (const epoch of [3, 4]) {
    const { folder, run, text } = openTrial(t, { '192.0.2.1': KEY });
    const founded = JSON.stringify({ version: 1, epoch, node: 'n2', at: '2026-01-01T00:00:00Z' });
    writeFileSync(join(folder, 'state/founded.json'), founded);
    assert.equal((await run()).status, 0);
    assert.equal(text('state/founded.json'), founded);
  }
});

test('if one server does not answer, the next is asked, over IPv6 too, and never an agent', async (t) => {
  const { run, text } = openTrial(t, { '2001:db8::2': K3S_YAML });
  const { status, stdout } = await run('--user', 'root', '--out', '-');
  assert.equal(status, 0);
  assert.match(stdout, /^ {6}server: https:\/\/\[2001:db8::2\]:6443$/m);
  assert.equal(load(stdout)?.constructor, Object);
  assert.deepEqual(
    [...text('asked').matchAll(/-l (\S+) -- (\S+) sudo/g)].map(([, user, address]) => [
      user,
      address,
    ]),
    [
      ['root', '192.0.2.1'],
      ['root', '2001:db8::2'],
    ],
  );
});

test('servers that reported ready are asked first', async (t) => {
  const { folder, run, text } = openTrial(t, {});
  const at = Date.now();
  const said = (number: number, stage: string) =>
    JSON.stringify({ at, mac: `52-54-00-12-34-0${number}`, stage, message: '', error: null });
  writeFileSync(
    join(folder, 'state/checkins.jsonl'),
    `${said(0, 'cluster')}\n${said(1, 'ready')}\n`,
  );
  assert.equal((await run()).status, 1);
  const asked = [...text('asked').matchAll(/ubuntu -- (\S+) sudo/g)].map(([, address]) => address);
  assert.deepEqual(asked, ['2001:db8::2', '192.0.2.1']);
});

test('one without an address in nodes.yaml is asked at the address where it was seen', () => {
  const node = { name: 'n3', macs: [], role: 'server', arch: 'amd64', boot: 'live' } as const;
  const seen = { booted: null, seen: null, stage: null, stages: {}, stuck: null };
  const enrolment = { pinned: null, refused: null };
  const view = { nodes: [{ ...node, ...seen, enrolment, address: '192.0.2.33' }] };
  assert.deepEqual(findServers(view, [{ ...node, os: 'x' }], undefined), [
    { name: 'n3', address: '192.0.2.33' },
  ]);
});

test('if none returns it, each reason is reported, and nothing is written', async (t) => {
  const strange = K3S_YAML.replace('client-key-data', 'token');
  const { folder, run } = openTrial(t, { '2001:db8::2': strange });
  const { status, stderr } = await run();
  assert.equal(status, 1);
  assert.equal(
    stderr,
    `kubeconfig: no server returned its kubeconfig
  n1 (192.0.2.1): ssh: no \\u001b[31mroute to 192.0.2.1
  n2 (2001:db8::2): its answer is not a k3s kubeconfig: users.0.user.client-key-data
  hint: try './ssh -q ubuntu@ADDRESS' yourself; set the account with --user,
        and a key or options with --ssh 'ssh -i FILE'
`,
  );
  assert.deepEqual(readdirSync(join(folder, 'state')), []);
  assert.ok(!readdirSync(folder).includes('secrets'));
});

test('an invalid answer is refused: not YAML, too long', async (t) => {
  for (const [answer, why] of [
    ['a: [', /its answer is not valid YAML/],
    ['', /is not a k3s kubeconfig: not a mapping/],
    [`${K3S_YAML}# ${'x'.repeat(400_000)}\n`, /its answer is too long/],
    [K3S_YAML.replace('127.0.0.1:6443', ''), /clusters\.0\.cluster\.server/],
    [K3S_YAML.replace('Q0E=', '"not base64"'), /certificate-authority-data/],
  ] as const) {
    const { run } = openTrial(t, { '192.0.2.1': answer });
    assert.match((await run('--node', 'n1')).stderr, why);
  }
});

test("a file with other clusters' keys, or something else, is left alone and no server is asked", async (t) => {
  const other = K3S_YAML.replaceAll('default', 'work');
  for (const [content, what] of [
    [other, 'work'],
    ['a letter to my mother', 'something else'],
    ['a: [', 'something else'],
  ] as const) {
    const { folder, run, text } = openTrial(t, { '192.0.2.1': KEY });
    writeFileSync(join(folder, 'config'), content);
    const { status, stderr } = await run('--out', 'config');
    assert.equal(status, 1);
    assert.ok(
      stderr.startsWith(`kubeconfig: config contains ${what}, and was not changed\n  hint: `),
      stderr,
    );
    assert.equal(text('config'), content);
    assert.ok(!readdirSync(folder).includes('asked'));
  }
});

test('the key of another cluster of the same name is left alone too', async (t) => {
  const { folder, run, text } = openTrial(t, { '192.0.2.1': KEY });
  const other = K3S_YAML.replaceAll('default', 'home').replace('Q0E=', 'T1RIRVI=');
  writeFileSync(join(folder, 'config'), other);
  assert.match(
    (await run('--out', 'config')).stderr,
    /^kubeconfig: config is for another cluster of the same name/,
  );
  assert.equal(text('config'), other);
});

test('an unwritable folder is reported without a stack trace', async (t) => {
  const { folder, run } = openTrial(t, { '192.0.2.1': KEY });
  symlinkSync('nowhere', join(folder, 'link'));
  const { status, stderr } = await run('--out', 'link/config');
  assert.equal(status, 1);
  assert.match(stderr, /^kubeconfig: link\/config cannot be written: .*\n {2}hint: .*\n$/);
});

test('a folder is refused as a file', async (t) => {
  const { run } = openTrial(t, { '192.0.2.1': KEY });
  assert.match(
    (await run('--out', 'dist')).stderr,
    /^kubeconfig: dist cannot be read: it is a folder\n/,
  );
});

test('an unknown node, and servers with unknown addresses', async (t) => {
  const { run } = openTrial(t, {});
  assert.match(
    (await run('--node', 'worker')).stderr,
    /no server is called 'worker'\n {2}hint: the servers are n1, n2, n3/,
  );
  assert.match((await run('--node', 'n3')).stderr, /the address of n3 is unknown/);
});
