// `./homepbp dev` while templates are edited: a copy of the project, whose templates a test may break.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';

const HOME = join(import.meta.dirname, '..');
const PARTS = [
  'build',
  'cli',
  'contract',
  'durable',
  'formats',
  'messages',
  'payload',
  'templates',
  'web',
  'homepbp.mjs',
  'package.json',
];
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const MAC = '52-54-00-12-34-01';

function copyProject(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-dev-templates-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of [...PARTS, 'shim', 'fetch', 'dhcp', 'trust'])
    cpSync(join(HOME, part), join(folder, part), { recursive: true });
  symlinkSync(join(HOME, 'node_modules'), join(folder, 'node_modules'));
  const text = `ssh: { keys: ["${KEY}"] }\nnodes:\n  - { name: attic, mac: ${MAC} }\n`;
  writeFileSync(join(folder, 'nodes.yaml'), text);
  return folder;
}

async function startDev(t: TestContext, cwd: string): Promise<string> {
  const words = [join(cwd, 'homepbp.mjs'), 'dev', '--port', '0'];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const dev: ChildProcess = spawn(process.execPath, words, { cwd, stdio: [...stdio] });
  t.after(() => dev.kill('SIGKILL'));
  assert.ok(dev.stdout !== null);
  for await (const line of createInterface({ input: dev.stdout })) {
    const [, url] = /^dev (http:\/\/127\.0\.0\.1:\d+)\/$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  return assert.fail('dev ended');
}

/** What Vite tells the page, one message at a time. */
async function listen(t: TestContext, url: string) {
  const client = await (await fetch(`${url}/@vite/client`)).text();
  const key = /const wsToken = "([^"]+)"/.exec(client)?.[1];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/?token=${key}`, 'vite-hmr');
  t.after(() => socket.close());
  const messages: string[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    messages.push(String(data));
    wake();
  };
  return async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined && pattern.test(message)) return message;
      if (message === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
}

test('an edited template changes every preview; a broken one says where', {
  timeout: 90_000,
}, async (t) => {
  const folder = copyProject(t);
  const url = await startDev(t, folder);
  const heard = await listen(t, url);
  await heard(/"connected"/);
  const template = join(folder, 'templates/nodes/meta-data.eta');
  const good = readFileSync(template, 'utf8');
  const preview = async () => (await fetch(`${url}/preview/${MAC}/meta-data`)).text();
  const before = await preview();

  writeFileSync(template, `${good}# edited\n`);
  await heard(/homepbp:generated/);
  assert.equal(await preview(), `${before}# edited\n`);

  writeFileSync(template, `${good}<%= nothing.of.the.kind %>\n`);
  const fault = JSON.parse(await heard(/"error"/));
  assert.match(fault.err.message, /meta-data\.eta/);
  assert.equal(await preview(), `${before}# edited\n`, 'the last good one stays');

  writeFileSync(template, good);
  await heard(/homepbp:generated/);
  assert.equal(await preview(), before);
});
