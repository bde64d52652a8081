import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import type { LogEvent } from './log.ts';
import { type ShimOptions, startShim } from './serve.ts';
import { bindFailed } from './serve-errors.ts';
import { tftpLogEvent } from './tftp-log.ts';

const HOST = '127.0.0.1';

function makeDist(t: TestContext): string {
  const dist = mkdtempSync(join(tmpdir(), 'homepbp-serve-'));
  t.after(() => rmSync(dist, { recursive: true }));
  mkdirSync(join(dist, 'tftp'));
  writeFileSync(join(dist, 'tftp/boot.ipxe'), '#!ipxe\n');
  writeFileSync(join(dist, 'boot.ipxe'), '#!ipxe over http\n');
  writeFileSync(join(dist, 'manifest.json'), '{}');
  return dist;
}

function start(t: TestContext, options: Partial<ShimOptions>) {
  const events: LogEvent[] = [];
  const log = (event: LogEvent) => events.push(event);
  const ports = { httpPort: 0, tftpPort: 0 };
  const dist = options.dist ?? makeDist(t);
  const folders = { state: join(dist, 'state'), secrets: join(dist, 'secrets') };
  return startShim({ host: HOST, guard: 'mac', log, ...folders, ...ports, ...options, dist });
}

/** The first DATA packet's bytes, or the ERROR's code and message, for a read request. */
async function tftpRead(t: TestContext, port: number, file: string): Promise<string> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.send(`\0\x01${file}\0octet\0`, port, HOST);
  const [packet, from] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) });
  socket.send('\0\x04\0\x01', from.port, from.address);
  return packet.subarray(4).toString();
}

test('both protocols serve the tree, TFTP its own folder', async (t) => {
  const shim = await start(t, {});
  t.after(() => shim.close());
  assert.ok(shim.http && shim.tftp);
  assert.deepEqual([shim.http.host, shim.tftp.host, shim.faults], [HOST, HOST, []]);
  const response = await fetch(`http://${HOST}:${shim.http.port}/boot.ipxe`);
  assert.equal(await response.text(), '#!ipxe over http\n');
  assert.equal(await tftpRead(t, shim.tftp.port, 'boot.ipxe'), '#!ipxe\n');
});

test('without a host all addresses; with an interface its first', async (t) => {
  const everywhere = await start(t, { host: undefined });
  t.after(() => everywhere.close());
  assert.equal(everywhere.http?.host, '0.0.0.0');
  const own = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ address }) => address === HOST),
  );
  const narrow = await start(t, { host: undefined, interface: own?.[0] });
  t.after(() => narrow.close());
  assert.deepEqual([narrow.http?.host, narrow.tftp?.host], [HOST, HOST]);
  assert.equal((await fetch(`http://${HOST}:${narrow.http?.port}/boot.ipxe`)).status, 200);
});

test('it answers to its own name, and to names with a dot behind them', async (t) => {
  const shim = await start(t, { names: ['NAS.lan.'] });
  t.after(() => shim.close());
  const status = async (Host: string) => {
    const sent = request({
      host: HOST,
      port: shim.http?.port,
      path: '/boot.ipxe',
      headers: { Host },
    });
    const [response] = await once(sent.end(), 'response');
    response.resume();
    return response.statusCode;
  };
  const [own = ''] = hostname().split('.');
  for (const name of ['nas.lan', 'nas.lan.:80', own, `${own}.local`]) {
    assert.equal(await status(name), 200, name);
  }
  assert.equal(await status('evil.example'), 421);
});

test('the guard is on unless it is switched off', async (t) => {
  const dist = makeDist(t);
  mkdirSync(join(dist, 'nodes/52-54-00-00-00-01'), { recursive: true });
  writeFileSync(join(dist, 'nodes/52-54-00-00-00-01/user-data'), 'secret');
  for (const [guard, status] of [
    ['mac', 403],
    ['off', 200],
  ] as const) {
    const shim = await start(t, { dist, guard });
    t.after(() => shim.close());
    const url = `http://${HOST}:${shim.http?.port}/nodes/52-54-00-00-00-01/user-data`;
    const response = await fetch(url);
    await response.arrayBuffer();
    assert.equal(response.status, status, guard);
  }
});

test('if one service cannot bind, the other runs, and the error says what to do', async (t) => {
  const taken = createServer().listen(0, HOST);
  t.after(() => taken.close());
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(address && typeof address === 'object');
  const shim = await start(t, { httpPort: address.port });
  t.after(() => shim.close());
  assert.equal(shim.http, null);
  assert.match(shim.faults.join(), /^http: port \d+ is in use[\s\S]*another genesis\.http_port/);
  assert.equal(await tftpRead(t, shim.tftp?.port ?? 0, 'boot.ipxe'), '#!ipxe\n');

  const datagrams = createSocket('udp4').bind(0, HOST);
  t.after(() => datagrams.close());
  await once(datagrams, 'listening');
  const other = await start(t, { tftpPort: datagrams.address().port });
  t.after(() => other.close());
  assert.equal(other.tftp, null);
  assert.match(
    other.faults.join(),
    /^tftp: port \d+ is in use[\s\S]*ss -lunp[\s\S]* and stop it; firmware asks /,
  );
  assert.equal((await fetch(`http://${HOST}:${other.http?.port}/boot.ipxe`)).status, 200);
});

test('a folder that was not built is refused, and nothing stays bound', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'homepbp-empty-'));
  t.after(() => rmSync(empty, { recursive: true }));
  const first = await start(t, {});
  await first.close();
  const httpPort = first.http?.port ?? 0;
  for (const dist of [empty, join(empty, 'none')]) {
    await assert.rejects(start(t, { dist, httpPort }), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /run \.\/homepbp build/);
      return true;
    });
  }
  const free = createServer().listen(httpPort, HOST);
  await once(free, 'listening');
  free.close();
});

test('prepare runs once everything is bound; requests wait for it', async (t) => {
  const dist = makeDist(t);
  rmSync(join(dist, 'boot.ipxe'));
  const free = createServer().listen(0, HOST);
  await once(free, 'listening');
  const address = free.address();
  free.close();
  assert.ok(address && typeof address === 'object');
  const waiting: Promise<string>[] = [];
  const prepare = async () => {
    const get = fetch(`http://${HOST}:${address.port}/boot.ipxe`);
    waiting.push(get.then((response) => response.text()));
    waiting.push(tftpRead(t, address.port, 'late.ipxe'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    writeFileSync(join(dist, 'boot.ipxe'), '#!ipxe built\n');
    writeFileSync(join(dist, 'tftp/late.ipxe'), '#!ipxe built\n');
  };
  const shim = await start(t, { dist, httpPort: address.port, tftpPort: address.port, prepare });
  t.after(() => shim.close());
  assert.deepEqual(await Promise.all(waiting), ['#!ipxe built\n', '#!ipxe built\n']);
});

test('if prepare fails, the shim ends and waiting clients get nothing', async (t) => {
  const free = createServer().listen(0, HOST);
  await once(free, 'listening');
  const address = free.address();
  free.close();
  assert.ok(address && typeof address === 'object');
  const httpPort = address.port;
  const waiting: Promise<unknown>[] = [];
  const prepare = async () => {
    const socket = connect(httpPort, HOST);
    await once(socket, 'connect');
    socket.write('GET /boot.ipxe HTTP/1.1\r\nHost: localhost\r\n\r\n');
    waiting.push(text(socket).catch(() => ''));
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new UserError('it does not build');
  };
  await assert.rejects(start(t, { httpPort, prepare }), { message: 'it does not build' });
  assert.deepEqual(await Promise.all(waiting), ['']);
  const again = createServer().listen(httpPort, HOST);
  await once(again, 'listening');
  again.close();
});

test('a missing privilege: the exact command, by operating system', () => {
  const denied = Object.assign(new Error('bind EACCES'), { code: 'EACCES' });
  const binding = { service: 'tftp', port: 69 } as const;
  const linux = bindFailed(binding, denied, 'linux');
  assert.match(linux, /sudo sysctl net\.ipv4\.ip_unprivileged_port_start=69/);
  assert.ok(linux.includes(`sudo setcap cap_net_bind_service=+ep ${process.execPath}`));
  assert.doesNotMatch(bindFailed(binding, denied, 'darwin'), /setcap|sysctl/);
});

test('each event of the TFTP server has its line', () => {
  const client = { address: '192.0.2.5', port: 1234 };
  const server = '192.0.2.1';
  assert.deepEqual(
    tftpLogEvent({ kind: 'refused', client, server, file: 'x', code: 1, reason: 'no' }),
    {
      area: 'tftp',
      event: 'refused',
      fields: { path: 'x', client: '192.0.2.5', code: 1, reason: 'no' },
    },
  );
  const transfer = { kind: 'transfer', outcome: 'complete', client, server, file: 'x' } as const;
  const terms = { size: 7, blksize: 1432, windowsize: 4 };
  assert.deepEqual(
    tftpLogEvent({ ...transfer, ...terms, milliseconds: 1.4, retransmissions: 0 }).fields,
    { path: 'x', client: '192.0.2.5', ...terms, ms: 1, retransmissions: 0, reason: undefined },
  );
  assert.equal(tftpLogEvent({ kind: 'dropped', counts: { malformed: 3 } }).fields?.malformed, 3);
  assert.equal(
    tftpLogEvent({ kind: 'socket-error', server, reason: 'gone' }).fields?.reason,
    'gone',
  );
});
