// `./homepbp dev` as a browser, and an intruder, sees it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../homepbp.mjs');
const WEB = join(import.meta.dirname, '../web');
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const MAC = '52-54-00-12-34-01';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-dev-')));
const inventory = (name: string) =>
  writeFileSync(
    join(folder, 'nodes.yaml'),
    `ssh: { keys: ["${KEY}"] }\nnodes:\n  - { name: ${name}, mac: ${MAC} }\n`,
  );
/** Stands for a shim that runs: tells which paths it was asked for, and by which name. */
const shim = createServer(({ url, headers, method }, response) =>
  response.end(JSON.stringify({ url, host: headers.host, method })),
);
let shimHost = '';
let dev: ChildProcess;
let port = '';
let token = '';

before(async () => {
  inventory('first');
  const built = spawnSync(process.execPath, [LAUNCHER, 'build'], { cwd: folder });
  assert.equal(built.status, 0, String(built.stderr));
  token = readFileSync(join(folder, 'secrets/token'), 'utf8').trim();
  assert.ok(token.length > 20);
  shimHost = await listenOnLoopback(shim);
  dev = spawn(process.execPath, [LAUNCHER, 'dev', '--port', '0', '--shim', `http://${shimHost}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(dev.stdout !== null);
  for await (const line of createInterface({ input: dev.stdout })) {
    port = /^dev http:\/\/127\.0\.0\.1:(\d+)\/$/.exec(line)?.[1] ?? '';
    if (port !== '') break;
  }
  assert.notEqual(port, '', 'dev said where it is');
});

async function listenOnLoopback(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

after(() => {
  dev.kill('SIGKILL');
  shim.close();
  shim.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks for a path as it stands: nothing between here and the server tidies it. */
async function ask(path: string, headers: Record<string, string> = {}) {
  const [response] = await once(
    request({ host: '127.0.0.1', port, path, headers }).end(),
    'response',
  );
  const chunks = await response.toArray();
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

/** Vite's channel to the page. */
async function listen() {
  const { body } = await ask('/@vite/client');
  const key = /const wsToken = "([^"]+)"/.exec(body)?.[1];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${key}`, 'vite-hmr');
  const messages: { type: string; event?: string; err?: { message: string; loc?: object } }[] = [];
  const waiting = new Set<() => void>();
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(data));
    for (const look of waiting) look();
  };
  const heard = (type: string) =>
    new Promise<(typeof messages)[number]>((resolve) => {
      const look = () => {
        const at = messages.findIndex((message) => message.type === type);
        if (at === -1) return;
        waiting.delete(look);
        resolve(messages.splice(0, at + 1).at(-1) ?? { type });
      };
      waiting.add(look);
      look();
    });
  await heard('connected');
  return { heard, close: () => socket.close() };
}

test('the page and its data come from memory', async () => {
  assert.match((await ask('/')).body, /<script type="module" src="\/@vite\/client">/);
  assert.equal((await ask('/main.tsx')).status, 200);
  assert.equal(JSON.parse((await ask('/inventory.json')).body).nodes[0].name, 'first');
  const preview = await ask(`/preview/${MAC}/user-data`);
  assert.match(preview.body, /hostname: "first"/);
  assert.doesNotMatch(preview.body, new RegExp(token));
  assert.equal((await ask('/nothing-here')).status, 404);
});

test('live data come from a running shim; nothing else does', async () => {
  const asked = JSON.parse((await ask('/api/nodes')).body);
  assert.deepEqual(asked, { url: '/api/nodes', host: shimHost, method: 'GET' });
  assert.equal((await ask('/metrics')).status, 404);
});

test('secrets and the files of nodes/ answer 403 on every path that Vite offers', async () => {
  const files = [`${folder}/secrets/token`, `${folder}/dist/nodes/${MAC}/user-data`];
  const queries = [
    '',
    '?raw',
    '?url',
    '?import',
    '?import&raw',
    '?raw??',
    '?inline',
    '?.svg',
    '?t=1',
  ];
  const encoded = (path: string) => path.replaceAll('/', '%2f');
  const ways = files.flatMap((file) => [
    `/@fs${file}`,
    `/@fs/${file}`,
    `/@fs${encoded(file)}`,
    `/@fs/${encoded(encodeURIComponent(file))}`,
    `/@fs${WEB}/../../..${'/..'.repeat(8)}${file}`,
    `/..${'/..'.repeat(12)}${file}`,
    `/%2e%2e${'/%2e%2e'.repeat(12)}${file}`,
    `/@id${file}`,
    `/@id//@fs${file}`,
    `/@fs${file.replace('secrets', 'SECRETS').replace('dist', 'DIST')}`,
  ]);
  const names = [
    `/nodes/${MAC}/user-data`,
    `//nodes/${MAC}/user-data`,
    '/secrets/token',
    '/./secrets/token',
  ];
  for (const path of [...ways, ...names].flatMap((way) => queries.map((query) => way + query))) {
    const { status, body } = await ask(path);
    assert.equal(status, 403, path);
    assert.ok(!body.includes(token), path);
  }
});

test('other files on the disk are not served either, nor to another site', async () => {
  for (const path of [`/@fs${LAUNCHER}?raw`, '/@fs/etc/passwd', '/@fs/etc/passwd?import&raw']) {
    assert.equal((await ask(path)).status, 403, path);
  }
  assert.equal((await ask('/inventory.json', { Host: 'evil.test' })).status, 403);
});

test('the page hears of a change; an error goes to the overlay, even of a page opened later', {
  timeout: 30_000,
}, async (t) => {
  const page = await listen();
  t.after(page.close);
  inventory('second');
  assert.equal((await page.heard('custom')).event, 'homepbp:generated');
  assert.match((await ask(`/preview/${MAC}/meta-data`)).body, /second/);

  writeFileSync(join(folder, 'nodes.yaml'), 'nodes: [\n');
  const isFault = ({ err }: Awaited<ReturnType<typeof page.heard>>) => {
    assert.match(err?.message ?? '', /nodes\.yaml:\d+:\d+: invalid YAML/);
    assert.deepEqual(Object.keys(err?.loc ?? {}), ['file', 'line', 'column']);
  };
  isFault(await page.heard('error'));
  const later = await listen();
  t.after(later.close);
  isFault(await later.heard('error'));
  assert.match((await ask(`/preview/${MAC}/meta-data`)).body, /second/, 'the last good one stays');

  inventory('third');
  await page.heard('custom');
  assert.match((await ask('/inventory.json')).body, /third/);
});

test('an invalid --shim is refused', () => {
  for (const url of ['nonsense', 'https://127.0.0.1:1', 'http://127.0.0.1:1/nodes/x/user-data']) {
    const words = [LAUNCHER, 'dev', '--port', '0', '--shim', url];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, timeout: 20_000 });
    assert.equal(status, 1, url);
    assert.match(String(stderr), /^dev: --shim takes the URL of a shim, not .*\n {2}hint: /);
  }
});
