// The main job: builds, serves, builds again on change.
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { parseJson } from '../contract/parse.ts';
import { timelineSchema } from '../contract/timeline.ts';
import { makeKey, publishSite, type TrialSite } from '../fetch/publisher.trial.ts';
import { addK3s } from '../fetch/sources/releases.trial.ts';

const LAUNCHER = join(import.meta.dirname, '../homepbp.mjs');
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const inventory = (name: string) =>
  `ssh: { keys: ["${KEY}"] }\nnodes:\n  - { name: ${name}, mac: 52-54-00-12-34-01 }\n`;

/** No publisher is there. */
const NOBODY = 'http://127.0.0.1:9';

/** A terminal: what is written to this program is typed there. */
const ON_A_TERMINAL = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])'];
const NO_TERMINALS = spawnSync('python3', ['-c', 'import pty']).status !== 0 && 'needs python3';

function start(
  t: TestContext,
  content: string,
  more: readonly string[] = ['--offline'],
  before: readonly string[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-start-'));
  const write = (now: string) => writeFileSync(join(folder, 'nodes.yaml'), now);
  write(content);
  const args = [
    LAUNCHER,
    'start',
    '--host',
    '127.0.0.1',
    '--http-port',
    '0',
    '--tftp-port',
    '0',
    ...more,
  ];
  const { HTTP_PROXY: _, http_proxy: __, ...env } = process.env;
  const [program = '', ...words] = [...before, process.execPath, ...args];
  const child = spawn(program, words, { cwd: folder, env });
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, write, said: listen(child) };
}

/** Everything that the child has said, and what waits for more of it. */
function listen(child: ChildProcessWithoutNullStreams) {
  let text = '';
  const waiting = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    text += chunk;
    for (const wake of waiting) wake();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      child.on('exit', () => reject(new Error(`ended without ${pattern}: ${text}`)));
      waiting.add(look);
      look();
    });
}

test('start builds, serves, and builds again when nodes.yaml changes', {
  timeout: 30_000,
}, async (t) => {
  const { child, write, said } = start(t, inventory('first'));
  const [, port] = await said(/^ready http=127\.0\.0\.1:(\d+) tftp=127\.0\.0\.1:\d+$/m);
  const preview = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/preview/52-54-00-12-34-01/meta-data`);
    return response.text();
  };
  assert.match(await preview(), /local-hostname: "first"/);

  write(inventory('second'));
  await said(/files written[\s\S]*files written/);
  assert.match(await preview(), /local-hostname: "second"/);

  write('nodes: [\n');
  await said(/nodes\.yaml:\d+:\d+: invalid YAML[\s\S]*the last good build is still being served/);
  assert.match(await preview(), /local-hostname: "second"/);

  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the name in genesis.url is answered to, others are not', { timeout: 30_000 }, async (t) => {
  const url = 'genesis: { url: "http://genesis.test" }\n';
  const { said } = start(t, url + inventory('first'));
  const [, port = ''] = await said(/^ready http=127\.0\.0\.1:(\d+)/m);
  const status = async (name: string) => {
    const sent = request({ host: '127.0.0.1', port, path: '/boot.ipxe', headers: { Host: name } });
    const [response] = await once(sent.end(), 'response');
    return response.resume().statusCode;
  };
  assert.deepEqual(await Promise.all([status('genesis.test'), status('evil.test')]), [200, 421]);
});

test('start with a broken nodes.yaml serves nothing and exits 1', {
  timeout: 30_000,
}, async (t) => {
  const { child } = start(t, 'nodes: [\n');
  assert.deepEqual(await once(child, 'exit'), [1, null]);
});

/** The publishers of what is small, at one place. */
const mirrors = (base: string) =>
  ['github', 'k3sChannels', 'k3s', 'ipxe', 'archive', 'ports'].flatMap((name) => {
    return ['--mirror', `${name}=${base}/${name === 'k3sChannels' ? 'channels' : name}`];
  });
const WITH_GITHUB = inventory('first').replace(/ssh: .*\n/, 'ssh: { keys: ["gh:anna"] }\n');

test('keys come before the first build, what k3s stands for meanwhile, and it is built again', {
  timeout: 60_000,
}, async (t) => {
  const site: TrialSite = { '/github/anna.keys': Buffer.from(`${KEY}\n`) };
  addK3s(site, 'v1.34.9+k3s1', ['stable']);
  const { base } = await publishSite(t, site, await makeKey());
  const { said } = start(t, WITH_GITHUB, mirrors(base));
  await said(/^fetched keys gh:anna: ssh-ed25519 .* \(new\)\n[\s\S]*^ready /m);
  await said(/^fetched k3s stable: v1\.34\.9\+k3s1 \(new\)$[\s\S]*files written/m);
});

test('offline: one line says so, and what is present is served', { timeout: 30_000 }, async (t) => {
  // Nothing listens at port 9 of loopback.
  const { child, said } = start(t, inventory('first'), mirrors(NOBODY));
  await said(/^ready http=/m);
  await said(
    /^not fetched: http:\/\/127\.0\.0\.1:9\/channels: the server refused.*\n {2}hint: run \.\/homepbp fetch/m,
  );
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a publisher that takes the request and is silent holds nothing up', {
  timeout: 30_000,
}, async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const { child, said } = start(t, inventory('first'), mirrors(`http://127.0.0.1:${port}`));
  await said(/^ready http=/m);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('it ends with what to do; without a terminal it asks nothing', {
  timeout: 30_000,
}, async (t) => {
  const { child, said } = start(t, inventory('first'));
  await said(/^Page .*\n[\s\S]*^Boot [\s\S]* --proxy-dhcp[\s\S]*^Next .*firmware/m);
  await said(
    /^not fetched yet: Ubuntu 20\.04 for amd64 and k3s stable \(about .*\)\n {2}hint: .*--fetch$/m,
  );
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('with --log json, programs can read every line but the ready line', {
  timeout: 30_000,
}, async (t) => {
  const { child, said } = start(t, inventory('first'), ['--offline', '--log', 'json']);
  const errors = text(child.stderr);
  await said(/"event":"ready"[\s\S]*"text":"not fetched yet: /);
  child.kill('SIGINT');
  const events = (await errors)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.filter(({ event }) => event === 'ready').map(({ proxy_dhcp }) => proxy_dhcp),
    ['off'],
  );
});

test('on a terminal it asks; who says no is told how to do it later', {
  timeout: 30_000,
  skip: NO_TERMINALS,
}, async (t) => {
  const { child, said } = start(t, inventory('first'), mirrors(NOBODY), ON_A_TERMINAL);
  await said(
    /^not fetched yet: Ubuntu 20\.04 for amd64 and k3s stable \(.*\)\s+^Fetch it now, while this serves\? \[Y\/n\] /m,
  );
  const [, port] = await said(/^ready http=127\.0\.0\.1:(\d+) /m);
  child.stdin.write('n\n');
  await said(/^ {2}hint: run \.\/homepbp fetch in another terminal/m);
  assert.equal((await fetch(`http://127.0.0.1:${port}/boot.ipxe`)).status, 200);
  child.stdin.write('\u0003');
  await once(child, 'exit');
});

test('who says yes gets it while it serves, and the page says if it failed', {
  timeout: 60_000,
  skip: NO_TERMINALS,
}, async (t) => {
  const { base } = await publishSite(t, {}, await makeKey());
  const { child, said } = start(t, inventory('first'), mirrors(base), ON_A_TERMINAL);
  await said(/\[Y\/n\] /);
  child.stdin.write('y\n');
  const [, port] = await said(/^ready http=127\.0\.0\.1:(\d+) /m);
  await said(/^\S*resolving Ubuntu 20\.04-amd64[\s\S]*not fetched: .*\r?\n/m);
  const response = await fetch(`http://127.0.0.1:${port}/api/nodes`);
  const view = parseJson(timelineSchema, await response.text());
  assert.equal(view.fetch?.state, 'failed');
  assert.deepEqual(view.nodes[0]?.missing?.slice(0, 3), ['kernel', 'initrd', 'root image']);
  child.stdin.write('\u0003');
  await once(child, 'exit');
});

test('a closed terminal means no, and is served all the same', {
  timeout: 30_000,
  skip: NO_TERMINALS,
}, async (t) => {
  const { child, said } = start(t, inventory('first'), mirrors(NOBODY), ON_A_TERMINAL);
  await said(/\[Y\/n\] /);
  child.stdin.write('\u0004');
  await said(/^ {2}hint: run \.\/homepbp fetch in another terminal/m);
  child.stdin.write('\u0003');
  await once(child, 'exit');
});

test('--fetch needs no question', { timeout: 30_000 }, async (t) => {
  const { child, said } = start(t, inventory('first'), [...mirrors(NOBODY), '--fetch']);
  await said(/^fetching Ubuntu 20\.04 for amd64 and k3s stable \(.*\); serving meanwhile$/m);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

/** Starts it as `… &` in a shell on a terminal, which ends it when it reads a line. */
const IN_THE_BACKGROUND = [
  ...ON_A_TERMINAL,
  ...['sh', '-c', 'set -m; "$@" & job=$!; read line; kill -INT $job; wait $job', 'sh'],
];

test('in the background it asks nothing, as reading the terminal would stop it', {
  timeout: 30_000,
  skip: NO_TERMINALS,
}, async (t) => {
  const { child, said } = start(t, inventory('first'), mirrors(NOBODY), IN_THE_BACKGROUND);
  await said(/^not fetched yet: .*\s+^ {2}hint: run \.\/homepbp fetch in another terminal/m);
  const [, port] = await said(/^ready http=127\.0\.0\.1:(\d+) /m);
  assert.equal((await fetch(`http://127.0.0.1:${port}/boot.ipxe`)).status, 200);
  child.stdin.write('\n');
  await once(child, 'exit');
});
