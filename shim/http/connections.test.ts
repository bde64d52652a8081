// Clients that are slow, dead, rude or greedy; files that change during a long download; shutdown.
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Holder } from '../places.ts';
import type { SendHooks } from './hooks.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { drain, openFiles, openTrial, pattern, readUntil, until } from './server.trial.ts';
import { configure } from './server.ts';

/** More than the kernel's socket buffers hold. */
const LARGE = pattern(24 * 1024 * 1024);

const GET = 'GET /l HTTP/1.1\r\nHost: localhost\r\n\r\n';
const onLinux = { skip: process.platform !== 'linux' };

function bodyOf(response: Buffer): Buffer {
  return response.subarray(response.indexOf('\r\n\r\n') + 4);
}

test('a large file that is replaced, or vanishes, mid-response is finished', async (t) => {
  const { send, write, dist } = await openTrial(t, { 'dist/l': LARGE });
  const first = await send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const head = await readUntil(first, '\r\n\r\n');
  write('dist/new', 'short');
  renameSync(join(dist, 'new'), join(dist, 'l'));
  rmSync(join(dist, 'l'));
  const rest = await drain(first);
  assert.match(head.toString('latin1'), /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(rest.subarray(-1000).compare(LARGE.subarray(-1000)), 0);
});

test('a large file that shrinks ends its response only', onLinux, async (t) => {
  const { send, ask, folder, dist, events } = await openTrial(t, {
    'dist/l': LARGE,
    'dist/s': 's',
  });
  const socket = await send(GET);
  await readUntil(socket, '\r\n\r\n');
  truncateSync(join(dist, 'l'), 1000);
  const got = await drain(socket);
  assert.ok(got.length < LARGE.length);
  assert.equal((await ask('/s')).body.toString(), 's');
  assert.match(String(events[0]?.fields?.reason), /FileShrunk/);
  assert.equal(events[0]?.event, 'cut');
  assert.deepEqual(openFiles(folder), []);
});

test('a large file that grows is sent as long as it was', async (t) => {
  const { send, dist } = await openTrial(t, { 'dist/l': LARGE });
  const socket = await send(`${GET}GET /none HTTP/1.0\r\n\r\n`);
  const head = await readUntil(socket, '\r\n\r\n');
  appendFileSync(join(dist, 'l'), 'more '.repeat(1000));
  const all = Buffer.concat([head, await drain(socket)]);
  const next = all.lastIndexOf('HTTP/1.1 404');
  assert.ok(next > LARGE.length && next < LARGE.length + 1000, `next response at ${next}`);
});

test('a client that reads nothing is cut off and everything freed', onLinux, async (t) => {
  const limits = { stallMs: 200 };
  const { send, folder, events } = await openTrial(t, { 'dist/l': LARGE }, { limits });
  await Promise.all(Array.from({ length: 5 }, () => send(GET)));
  await until(() => openFiles(folder).length === 5, 'downloads are under way');
  await until(() => events.length === 5, 'they are given up');
  assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(['cut']));
  assert.deepEqual(openFiles(folder), []);
});

test('a slow client that keeps reading is served to the end', async (t) => {
  const limits = { stallMs: 400 };
  const { send } = await openTrial(t, { 'dist/l': LARGE }, { limits });
  const socket = await send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  assert.ok(bodyOf(Buffer.concat(chunks)).equals(LARGE));
});

test('aborted downloads leave nothing open', onLinux, async (t) => {
  const { send, folder, events } = await openTrial(t, { 'dist/l': LARGE });
  for (let round = 0; round < 20; round++) {
    const socket = await send(GET);
    if (round % 2 === 0) await readUntil(socket, '\r\n\r\n');
    socket.resetAndDestroy();
  }
  await until(() => events.length === 20, 'all requests have ended');
  assert.deepEqual(openFiles(folder), []);
});

test('incomplete headers time out', async (t) => {
  const limits = { headersMs: 100, idleMs: 100 };
  const { send } = await openTrial(t, { 'dist/s': 's' }, { limits });
  const half = await drain(await send('GET /s HTTP/1.1\r\nHost: local'));
  assert.match(half.toString(), /^HTTP\/1\.1 408 /);
  const silent = await drain(await send(''));
  assert.match(silent.toString(), /^(HTTP\/1\.1 408 [\s\S]*)?$/);
  const idle = await drain(await send('GET /s HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  assert.equal(bodyOf(idle).toString(), 's');
});

test('headers have less time than a whole request', () => {
  const { headersTimeout, requestTimeout } = configure({ ...DEFAULT_LIMITS, headersMs: 1200 });
  assert.deepEqual([headersTimeout, requestTimeout], [1200, 3600]);
});

test('a request that is not HTTP, or too long, is refused', async (t) => {
  const { send } = await openTrial(t, {});
  const answer = async (text: string) => (await drain(await send(text))).toString().slice(0, 12);
  assert.equal(await answer('\x16\x03\x01\x02\x00\x01\r\n\r\n'), 'HTTP/1.1 400');
  assert.equal(await answer('GET / HTTP/1.1\r\n\r\n'), 'HTTP/1.1 400');
  const long = (bytes: number) =>
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`;
  assert.equal(await answer(long(9000)), 'HTTP/1.1 431');
  assert.equal(await answer(long(7000)), 'HTTP/1.1 404');
});

test('garbage after a request does not get into its response', async (t) => {
  const { send } = await openTrial(t, { 'dist/l': LARGE });
  const socket = await send(`${GET}garbage\r\n\r\n`);
  assert.equal((await drain(socket)).indexOf('HTTP/1.1 400'), -1);
});

test('pipelined requests are answered one at a time, in order', onLinux, async (t) => {
  const small = Object.fromEntries(['0', '1', '2', '3'].map((n) => [`dist/${n}`, `<${n}>`]));
  const { send, folder } = await openTrial(t, { ...small, 'dist/l': LARGE });
  const get = (path: string) => `GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const close = 'GET /3 HTTP/1.0\r\n\r\n';
  const all = await drain(await send(['0', '1', '2', '3'].map(get).join('') + close));
  assert.equal(all.toString().match(/<\d>/g)?.join(''), '<0><1><2><3><3>');

  await send(GET.repeat(20));
  await until(() => openFiles(folder).length === 1, 'the first is under way');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(openFiles(folder).length, 1, 'the others have opened nothing');
});

test('hooks are told whether a whole file was sent', async (t) => {
  const told: [string, boolean][] = [];
  const hooks: SendHooks = {
    beforeSeed: async () => {},
    began:
      ({ name }) =>
      (whole) =>
        told.push([name, whole]),
  };
  const { send, ask } = await openTrial(t, { 'dist/l': LARGE, 'dist/s': 's' }, { hooks });
  await ask('/s');
  const socket = await send(GET);
  await readUntil(socket, '\r\n\r\n');
  socket.resetAndDestroy();
  await until(() => told.length === 2, 'both have ended');
  assert.deepEqual(told, [
    ['s', true],
    ['l', false],
  ]);
});

test('nobody is asked to send a body that is not wanted', async (t) => {
  const { send } = await openTrial(t, { 'dist/s': 's' });
  const head = 'POST /s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nConnection: close\r\n';
  const said = await drain(await send(`${head}Expect: 100-continue\r\n\r\n`));
  assert.match(said.toString(), /^HTTP\/1\.1 405 /);
});

test('thousands of pipelined requests end the connection', onLinux, async (t) => {
  const { send, ask, folder } = await openTrial(t, { 'dist/l': LARGE, 'dist/s': 's' });
  await drain(await send(GET.repeat(2000)));
  await until(() => openFiles(folder).length === 0, 'nothing is open');
  assert.equal((await ask('/s')).status, 200);
});

test('at the limit the connection that is idle for longest makes room', async (t) => {
  const limits = { connections: 2 };
  const { send, ask, events } = await openTrial(t, { 'dist/s': 's' }, { limits });
  const [one, two] = [await send(''), await send('')];
  assert.equal((await ask('/s')).status, 200);
  assert.equal((await drain(one)).length, 0);
  two.write('GET /s HTTP/1.0\r\n\r\n');
  assert.equal(bodyOf(await drain(two)).toString(), 's');
  const told = events.find(({ event }) => event === 'too many connections');
  assert.deepEqual(told?.fields, { idle: 1 });
});

test('a request makes its connection the last to go', async (t) => {
  const limits = { connectionsPerSource: 2 };
  const { send, ask } = await openTrial(t, { 'dist/s': 's' }, { limits });
  const [used, unused] = [await send(''), await send('')];
  used.write('GET /s HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await readUntil(used, 's');
  assert.equal((await ask('/s')).status, 200);
  assert.equal((await drain(unused)).length, 0);
  used.write('GET /s HTTP/1.0\r\n\r\n');
  assert.equal(bodyOf(await drain(used)).toString(), 's');
});

test('connections that have ended take no place from the others', async (t) => {
  const limits = { connectionsPerSource: 3 };
  const { send, ask, events } = await openTrial(t, { 'dist/s': 's' }, { limits });
  const open = await send('');
  for (let n = 0; n < 6; n += 1) assert.equal((await ask('/s')).status, 200);
  open.write('GET /s HTTP/1.0\r\n\r\n');
  assert.equal(bodyOf(await drain(open)).toString(), 's');
  assert.ok(events.every(({ event }) => event === 'sent'));
});

test('one that is being answered is not closed for another of the same client', async (t) => {
  const limits = { connectionsPerSource: 1 };
  const { send, ask } = await openTrial(t, { 'dist/l': LARGE, 'dist/s': 's' }, { limits });
  const download = await send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const head = await readUntil(download, '\r\n\r\n');
  await assert.rejects(ask('/s'), { code: 'ECONNRESET' });
  assert.ok(bodyOf(Buffer.concat([head, await drain(download)])).equals(LARGE));
  assert.equal((await ask('/s')).status, 200);
});

/** Holders by the client's address, as the kernel would give them: a moment after they connect. */
function holdersOf(machines: Readonly<Record<string, Holder>>) {
  return async (client = '') => machines[client] ?? { source: client, isKept: false };
}

test('two machines that take all connections, downloads and all, lock nobody out', async (t) => {
  const limits = { connections: 24, connectionsPerSource: 12, connectionsKept: 4 };
  const holderOf = holdersOf({
    '127.0.0.2': { source: 'attacker', isKept: false },
    '127.0.0.3': { source: 'attacker', isKept: false },
    '127.0.0.4': { source: 'another', isKept: false },
    '127.0.0.9': { source: 'node', isKept: true },
  });
  const { send, ask, events } = await openTrial(
    t,
    { 'dist/l': LARGE, 'dist/s': 's' },
    { limits, holderOf },
  );
  const downloads = async (address: string) => {
    const all = await Promise.all(Array.from({ length: 12 }, () => send(GET, address)));
    return Promise.all(all.map((one) => readUntil(one, 'HTTP/1.1 200').catch(() => null)));
  };
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) await downloads(address);
  for (const address of ['127.0.0.9', '127.0.0.8', '127.0.0.7']) {
    assert.equal((await ask('/s', { from: address })).status, 200, address);
  }
  const seen = events.filter(({ event }) => event === 'too many connections');
  assert.ok(seen.length > 0);
});

test('when strangers have all their connections, a node still gets its own', async (t) => {
  const limits = { connections: 3, connectionsPerSource: 2, connectionsKept: 1 };
  const holderOf = holdersOf({ '127.0.0.9': { source: 'node', isKept: true } });
  const { send, ask } = await openTrial(
    t,
    { 'dist/l': LARGE, 'dist/s': 's' },
    { limits, holderOf },
  );
  for (const stranger of ['127.0.0.2', '127.0.0.3']) {
    await readUntil(await send(GET, stranger), 'HTTP/1.1 200');
  }
  await assert.rejects(ask('/s', { from: '127.0.0.4' }), { code: 'ECONNRESET' });
  assert.equal((await ask('/s', { from: '127.0.0.9' })).status, 200);
});

test('one machine with many addresses has the places of one', async (t) => {
  const limits = { connectionsPerSource: 2 };
  const machine = { source: 'machine', isKept: false };
  const holderOf = async () => machine;
  const { send } = await openTrial(t, { 'dist/s': 's' }, { limits, holderOf });
  const [first] = [await send('', '127.0.0.2'), await send('', '127.0.0.3')];
  await send('', '127.0.0.4');
  assert.equal((await drain(first)).length, 0);
});

test('tunnels and other protocols are not for this server', async (t) => {
  const { send, ask } = await openTrial(t, { 'dist/s': 's' });
  const tunnel = await drain(
    await send('CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  assert.equal(tunnel.length, 0);
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket' };
  assert.equal((await ask('/s', { headers })).body.toString(), 's');
});

test('closing: idle connections at once, a download to its end', async (t) => {
  const { send, close } = await openTrial(t, { 'dist/l': LARGE });
  const silent = await send('');
  const socket = await send(GET);
  const head = await readUntil(socket, '\r\n\r\n');
  const closed = close();
  assert.equal((await drain(silent)).length, 0);
  const all = Buffer.concat([head, await drain(socket)]);
  await closed;
  assert.ok(all.length > LARGE.length);
});

test('closing: responses that do not end in time are cut', onLinux, async (t) => {
  const limits = { closeMs: 50 };
  const { send, close, folder } = await openTrial(t, { 'dist/l': LARGE }, { limits });
  await send(GET);
  await until(() => openFiles(folder).length === 1, 'it is under way');
  await close();
  await until(() => openFiles(folder).length === 0, 'the file is closed');
});
