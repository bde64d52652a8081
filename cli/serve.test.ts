// ./homepbp serve as a user and a script meet it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';
import { readyLine } from './serve.ts';

const HOMEPBP = join(import.meta.dirname, '../homepbp');
const READY = /^ready http=127\.0\.0\.1:(\d+) tftp=127\.0\.0\.1:(\d+)\n$/;

function makeDist(t: TestContext): string {
  const dist = mkdtempSync(join(tmpdir(), 'homepbp-cli-serve-'));
  t.after(() => rmSync(dist, { recursive: true }));
  writeFileSync(join(dist, 'manifest.json'), '{}');
  writeFileSync(join(dist, 'boot.ipxe'), '#!ipxe\n');
  return dist;
}

/** Runs `serve` on loopback; npm's own variables are left out, since it reads flags from them. */
function serve(t: TestContext, flags: readonly string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  );
  const base = ['serve', '--host', '127.0.0.1', '--http-port', '0', '--tftp-port', '0'];
  // Its state goes where it runs.
  const cwd = mkdtempSync(join(tmpdir(), 'homepbp-cli-serve-'));
  const child = spawn(HOMEPBP, [...base, ...flags], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = exitOf(child);
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(cwd, { recursive: true });
  });
  return { child, errors: text(child.stderr).catch(() => ''), exit };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

test('one ready line on standard output, the log on the other, and a graceful end', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { child, errors, exit } = serve(t, ['--dist', makeDist(t), '--log', 'json']);
    const [line] = await once(child.stdout, 'data');
    const port = READY.exec(String(line))?.[1];
    assert.ok(port, String(line));
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/boot.ipxe`)).text(), '#!ipxe\n');
    const rest = text(child.stdout);
    child.kill(signal);
    assert.equal(await exit, 0);
    assert.equal(await rest, '');
    const lines = (await errors).trim().split('\n');
    const events = lines.map((text) => JSON.parse(text));
    const sent = events.at(-1);
    assert.deepEqual([sent.area, sent.event, sent.path], ['http', 'sent', '/boot.ipxe']);
    assert.ok(events.some(({ event, proxy_dhcp }) => event === 'ready' && proxy_dhcp === 'off'));
  }
});

test('secrets that others can read are reported, with what to type', async (t) => {
  const secrets = mkdtempSync(join(tmpdir(), 'homepbp-cli-serve-'));
  t.after(() => rmSync(secrets, { recursive: true }));
  writeFileSync(join(secrets, 'token'), 'x');
  const said = async () => {
    const { child, errors, exit } = serve(t, ['--dist', makeDist(t), '--secrets', secrets]);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.equal(await exit, 0);
    return errors;
  };
  chmodSync(join(secrets, 'token'), 0o644);
  const warned = await said();
  assert.match(warned, /shim secrets are open reason=".*\/token can be read by other users/);
  assert.ok(warned.includes(`hint="chmod -R go= ${secrets}"`), warned);
  chmodSync(join(secrets, 'token'), 0o600);
  assert.doesNotMatch(await said(), /secrets are open/);
});

/** Bytes, more than all buffers on the way take. */
const LARGE = 100 * 1024 * 1024;

test('Ctrl-C, which the launcher passes on too, lets a download finish', async (t) => {
  const dist = makeDist(t);
  writeFileSync(join(dist, 'large'), '');
  truncateSync(join(dist, 'large'), LARGE);
  const { child, exit } = serve(t, ['--dist', dist]);
  const [line] = await once(child.stdout, 'data');
  const response = await fetch(`http://127.0.0.1:${READY.exec(String(line))?.[1]}/large`);
  child.kill('SIGINT');
  const reader = response.body?.getReader();
  await reader?.read();
  child.kill('SIGINT');
  let length = 0;
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    length += part.value.length;
  }
  assert.ok(length > LARGE / 2, `${length} bytes`);
  assert.equal(await exit, 0);
});

test('a log whose reader is gone does not end the server', async (t) => {
  const { child, exit } = serve(t, ['--dist', makeDist(t)]);
  const [line] = await once(child.stdout, 'data');
  child.stderr.destroy();
  const url = `http://127.0.0.1:${READY.exec(String(line))?.[1]}/boot.ipxe`;
  for (let request = 0; request < 3; request++) assert.equal((await fetch(url)).status, 200);
  child.kill('SIGTERM');
  assert.equal(await exit, 0);
});

test('one port taken: the other service is ready; both taken: exit 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(address && typeof address === 'object');
  const flags = ['--dist', makeDist(t), '--http-port', String(address.port)];
  const half = serve(t, flags);
  const [line] = await once(half.child.stdout, 'data');
  assert.match(String(line), /^ready http=- tftp=127\.0\.0\.1:\d+\n$/);
  half.child.kill('SIGTERM');
  assert.equal(await half.exit, 0);
  assert.match(
    await half.errors,
    /^http: port \d+ is in use[\s\S]*^Page +not served, see above: /m,
  );

  const none = serve(t, [...flags, '--host', '192.0.2.123']);
  assert.equal(await none.exit, 1);
  assert.match(await none.errors, /http: port \d+: .*address[\s\S]*tftp: port 0: .*address/);
});

test('errors in the command line are one message each', async (t) => {
  const dist = makeDist(t);
  for (const [flags, says] of [
    [['--guard', 'yes'], /--guard takes mac or off, not 'yes'/],
    [['--log', 'xml'], /--log takes text or json/],
    [['--http-port', '99999'], /--http-port takes a port/],
    [['--proxy-dhcp=yes'], /--proxy-dhcp/],
    [[dist], /serve: /],
  ] as const) {
    const place = { cwd: dist, home: dist };
    const { status, stderr } = await runHomepbp(['serve', '--dist', dist, ...flags], place);
    assert.equal(status, 1, flags.join(' '));
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});

test('a missing tree or network card is one message', async (t) => {
  const dist = makeDist(t);
  for (const [flags, says] of [
    [['--dist', join(dist, 'none')], /run \.\/homepbp build/],
    [['--dist', dist, '--interface', 'nope0'], /nope0/],
  ] as const) {
    const { exit, errors } = serve(t, flags);
    assert.equal(await exit, 1, flags.join(' '));
    assert.match(await errors, says);
    assert.doesNotMatch(await errors, /\n {4}at /);
  }
});

test('the ready line: brackets for IPv6, a dash for what could not bind', () => {
  const tftp = { host: '::1', port: 69 };
  assert.equal(readyLine({ http: null, tftp }), 'ready http=- tftp=[::1]:69\n');
});
