// What a client gets.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOCTOR_AGENT } from '../../contract/doctor.ts';
import { ABSENT_SCRIPT } from '../../contract/paths.ts';
import type { SendHooks, Sending } from './hooks.ts';
import { drain, openTrial, pattern, until } from './server.trial.ts';

const LARGE = pattern(3 * 1024 * 1024 + 17);

test('a whole file, small, middling and large, with its headers', async (t) => {
  const middling = LARGE.subarray(0, 200_000);
  const { ask } = await openTrial(t, {
    'dist/boot.ipxe': '#!ipxe\n',
    'dist/assets/page.js': middling,
    'dist/os/root': LARGE,
  });
  const script = await ask('/assets/page.js');
  assert.ok(script.body.equals(middling));
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(script.headers['cache-control'], 'no-cache');
  const small = await ask('/boot.ipxe');
  assert.equal(small.status, 200);
  assert.equal(small.body.toString(), '#!ipxe\n');
  assert.equal(small.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(small.headers['content-length'], '7');
  assert.equal(small.headers['cache-control'], 'no-cache');
  assert.equal(small.headers['accept-ranges'], 'bytes');
  assert.equal(small.headers['x-content-type-options'], 'nosniff');
  assert.equal(small.headers['content-security-policy'], undefined);
  const large = await ask('/os/root');
  assert.ok(large.body.equals(LARGE));
  assert.equal(large.headers['content-length'], String(LARGE.length));
  assert.equal(large.headers['content-type'], 'application/octet-stream');
});

test('an empty file', async (t) => {
  const { ask } = await openTrial(t, { 'dist/nodes/x/vendor-data': '' });
  const answer = await ask('/nodes/x/vendor-data');
  assert.deepEqual([answer.status, answer.headers['content-length']], [200, '0']);
  assert.equal((await ask('/nodes/x/vendor-data', { headers: { Range: 'bytes=0-' } })).status, 416);
});

test('the root gives index.html, other folders nothing', async (t) => {
  const { ask } = await openTrial(t, {
    'dist/index.html': '<p>',
    'dist/os/index.html': 'no',
    'dist/page.html': 'no',
  });
  const page = await ask('/?x');
  assert.equal(page.body.toString(), '<p>');
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['content-security-policy'], "frame-ancestors 'none'");
  for (const path of ['/os', '/os/', '/page']) assert.equal((await ask(path)).status, 404, path);
});

test('HEAD has the headers of GET and no body', async (t) => {
  const { ask } = await openTrial(t, { 'dist/s': 'small', 'dist/l': LARGE });
  for (const path of ['/s', '/l']) {
    const get = await ask(path);
    const head = await ask(path, { method: 'HEAD', headers: { Range: 'bytes=0-0' } });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    const { date: _, ...expected } = get.headers;
    const { date: __, ...headers } = head.headers;
    assert.deepEqual(headers, expected);
  }
  const missing = await ask('/none', { method: 'HEAD' });
  assert.deepEqual([missing.status, missing.body.length], [404, 0]);
});

test('a missing file is logged, except the one that must be missing', async (t) => {
  const { ask, events, write } = await openTrial(t, { 'dist/a': 'a' });
  const statuses = [`/${ABSENT_SCRIPT}`, '/none'].map(async (path) => (await ask(path)).status);
  assert.deepEqual(await Promise.all(statuses), [404, 404]);
  write(`dist/${ABSENT_SCRIPT}`, 'x');
  assert.equal((await ask(`/${ABSENT_SCRIPT}`)).status, 200);
  await until(() => events.length === 2, 'a line each');
  const lines = events.map(({ event, fields }) => [event, fields?.path, fields?.status]);
  assert.deepEqual(lines, [
    ['refused', '/none', 404],
    ['sent', `/${ABSENT_SCRIPT}`, 200],
  ]);
});

test('other methods are refused, with or without a body', async (t) => {
  const { ask, send } = await openTrial(t, { 'dist/a': 'a' });
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
    const { status, headers } = await ask('/a', { method });
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  // The body is not taken for a request, and the connection stays in step.
  const inner = 'GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const post = `POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n`;
  const socket = await send(`${post}${inner}GET /a HTTP/1.0\r\n\r\n`);
  const statuses = (await drain(socket)).toString().match(/HTTP\/1\.1 \d+/g);
  assert.deepEqual(statuses, ['HTTP/1.1 405', 'HTTP/1.1 200']);
});

test('every form of a range, small, middling and large', async (t) => {
  const { ask } = await openTrial(t, {
    'dist/s': LARGE.subarray(0, 1000),
    'dist/m': LARGE.subarray(0, 200_000),
    'dist/l': LARGE,
  });
  for (const [path, size] of [
    ['/s', 1000],
    ['/m', 200_000],
    ['/l', LARGE.length],
  ] as const) {
    const file = LARGE.subarray(0, size);
    const cases = {
      '0-0': [0, 0],
      '2-5': [2, 5],
      '999-': [999, size - 1],
      '-1': [size - 1, size - 1],
      '-500': [size - 500, size - 1],
      '-99999999': [0, size - 1],
      '0-99999999': [0, size - 1],
    } as const;
    for (const [range, [start, end]] of Object.entries(cases)) {
      const answer = await ask(path, { headers: { Range: `bytes=${range}` } });
      assert.equal(answer.status, 206, `${path} ${range}`);
      assert.equal(answer.headers['content-range'], `bytes ${start}-${end}/${size}`);
      assert.equal(answer.headers['content-length'], String(end - start + 1));
      assert.ok(answer.body.equals(file.subarray(start, end + 1)), `${path} ${range}`);
    }
    for (const range of [`${size}-`, '99999999-', '-0']) {
      const answer = await ask(path, { headers: { Range: `bytes=${range}` } });
      assert.equal(answer.status, 416, range);
      assert.equal(answer.headers['content-range'], `bytes */${size}`);
    }
    for (const range of ['bytes=0-1,3-4', 'bytes=5-2', 'bytes=x', 'items=0-1']) {
      const answer = await ask(path, { headers: { Range: range } });
      assert.equal(answer.status, 200, range);
      assert.ok(answer.body.equals(file), range);
    }
  }
});

test('conditional requests, and a range only of the same version', async (t) => {
  const { ask, write } = await openTrial(t, { 'dist/a': 'first' });
  const { etag = '', 'last-modified': date = '' } = (await ask('/a')).headers;
  const status = async (headers: Record<string, string>) => (await ask('/a', { headers })).status;
  const unchanged = await ask('/a', { headers: { 'If-None-Match': etag } });
  assert.deepEqual([unchanged.status, unchanged.body.length], [304, 0]);
  assert.equal(unchanged.headers.etag, etag);
  assert.equal(await status({ 'If-Modified-Since': date }), 304);
  assert.equal(await status({ 'If-Match': '"other"' }), 412);
  assert.equal(await status({ 'If-Range': etag, Range: 'bytes=0-0' }), 206);
  write('dist/a', 'second');
  assert.equal(await status({ 'If-None-Match': etag }), 200);
  assert.equal(await status({ 'If-Range': etag, Range: 'bytes=0-0' }), 200);
  assert.equal(await status({ 'If-Match': etag }), 412);
});

test('types by name, and never a Content-Encoding', async (t) => {
  const types = {
    'boot.ipxe': 'text/plain; charset=utf-8',
    'user-data': 'text/plain; charset=utf-8',
    'network-config': 'text/plain; charset=utf-8',
    'a.yaml': 'text/plain; charset=utf-8',
    'homepbp.cpio': 'application/octet-stream',
    'page.html.gz': 'application/gzip',
    'page.css.br': 'application/octet-stream',
    'images.tar.zst': 'application/zstd',
    'manifest.json': 'application/json',
    'app.js': 'text/javascript; charset=utf-8',
    vmlinuz: 'application/octet-stream',
  };
  const files = Object.keys(types).map((name) => [`dist/x/${name}`, `bytes of ${name}`]);
  const { ask } = await openTrial(t, Object.fromEntries(files));
  for (const [name, type] of Object.entries(types)) {
    const { headers, body } = await ask(`/x/${name}`, {
      headers: { 'Accept-Encoding': 'gzip, br' },
    });
    assert.equal(headers['content-type'], type, name);
    assert.equal(headers['content-encoding'], undefined, name);
    assert.equal(body.toString(), `bytes of ${name}`);
  }
});

test('encoded paths lead to the file that they name', async (t) => {
  const names = ['f\u00fcnke #1?.txt', 'a%20b', 'v1.30.1+k3s1', 'a b', "q'()*!~&=;,@:$", '猫.txt'];
  const files = names.map((name) => [`dist/x/${name}`, `this is ${name}`]);
  const { ask } = await openTrial(t, Object.fromEntries(files));
  for (const name of names) {
    const { body } = await ask(`/x/${encodeURIComponent(name)}`);
    assert.equal(body.toString(), `this is ${name}`);
  }
  assert.equal((await ask('/x/v1.30.1+k3s1')).status, 200);
  assert.equal((await ask('/x%2Fa%20b?query')).status, 200);
  for (const path of ['/%', '/%zz', '/%ff']) assert.equal((await ask(path)).status, 400, path);
});

test('nothing outside dist/, nothing hidden, whatever the path looks like', async (t) => {
  const { ask } = await openTrial(t, {
    'dist/a/b': 'b',
    'dist/.build.json': '{}',
    'dist/a/.hidden': 'h',
    'dist-secret/k': 'k',
    'secrets/token': 't',
  });
  for (const path of [
    '/../secrets/token',
    '/a/../../secrets/token',
    '/..%2fsecrets%2ftoken',
    '/%2e%2e/secrets/token',
    '/%2e%2e%2fdist-secret/k',
    '/..%5csecrets%5ctoken',
    '/a/..%00/b',
    '/a/b%00.txt',
    '/../dist-secret/k',
    '//a/b',
    '/a//b',
    '/a/./b',
    '/a/../a/b',
    '/a/b/',
    '/.build.json',
    '/a/.hidden',
    '/%2ebuild.json',
    '/etc/passwd',
    '//etc/passwd',
    '/a',
  ]) {
    assert.equal((await ask(path)).status, 404, path);
  }
});

test('links lead into media/ only', async (t) => {
  const { ask, dist } = await openTrial(t, {
    'media/kernel': 'kernel',
    'media/large': LARGE,
    'secrets/token': 't',
  });
  mkdirSync(join(dist, 'os'), { recursive: true });
  symlinkSync('../../media/kernel', join(dist, 'os/vmlinuz'));
  symlinkSync('../../media/large', join(dist, 'os/root'));
  symlinkSync('../../secrets/token', join(dist, 'os/token'));
  assert.equal((await ask('/os/vmlinuz')).body.toString(), 'kernel');
  assert.ok((await ask('/os/root')).body.equals(LARGE));
  assert.equal((await ask('/os/token')).status, 404);
});

test('a Host that is not ours is answered with 421', async (t) => {
  const { ask } = await openTrial(t, { 'dist/a': 'a' }, { names: ['nas.lan'] });
  const status = async (Host: string) => (await ask('/a', { headers: { Host } })).status;
  assert.equal(await status('evil.example'), 421);
  assert.equal(await status('evil.example:8080'), 421);
  for (const ours of ['nas.lan:8080', '192.0.2.7', '[2001:db8::1]:80', 'localhost']) {
    assert.equal(await status(ours), 200, ours);
  }
});

test('an error is one plain line, whatever the path holds', async (t) => {
  const { ask } = await openTrial(t, {});
  const { headers, body } = await ask('/a%0d%0aX:%20y%1b[2J%E2%80%AE');
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(body.toString(), /^HomePBP: no such file: a\?\?X: y\?\[2J\?; [^\n]*\n$/);
});

test('a file that exists but cannot be opened is a server error', async (t) => {
  for (const [code, status] of [
    ['EACCES', 500],
    ['EMFILE', 503],
  ] as const) {
    const fail = () => {
      throw Object.assign(new Error('x'), { code });
    };
    const { ask } = await openTrial(t, {}, { files: { open: fail, read: fail } });
    assert.equal((await ask('/a')).status, status);
  }
});

test('the guard decides on nodes/, also through a link or another spelling', async (t) => {
  const asked: string[] = [];
  const refusal = async (name: string) => {
    asked.push(name);
    return name.endsWith('mine') ? null : 'not yours';
  };
  const { ask, dist } = await openTrial(
    t,
    { 'dist/nodes/x/theirs': 'secret', 'dist/nodes/x/mine': 'mine', 'dist/a': 'a' },
    { guard: { refusal } },
  );
  symlinkSync('nodes/x/theirs', join(dist, 'link'));
  const refused = ['/nodes/x/theirs', '/%6eodes/x/theirs', '/link', '/nodes/x/none', '/nodes'];
  for (const path of [...refused, '/NODES/x/theirs', '/node%C5%BF/x/theirs', '/nodes%E2%80%8B/x']) {
    const { status, phrase, body } = await ask(path);
    assert.equal(status, 403, path);
    assert.equal(body.toString(), 'HomePBP: not yours\n');
    assert.equal(phrase, 'HomePBP: not yours', 'for clients that show no body');
  }
  assert.equal((await ask('/nodes/x/mine')).headers['cache-control'], 'no-store');
  const count = asked.length;
  assert.equal((await ask('/a')).status, 200);
  assert.equal(asked.length, count, 'other files are for everybody');
});

test('on a listener for both families an IPv4 client has its IPv4 address', async (t) => {
  const seen: string[] = [];
  const began = ({ client, local }: Sending) => {
    seen.push(client, local);
    return () => {};
  };
  const hooks = { beforeSeed: async () => {}, began };
  const trial = await openTrial(t, { 'dist/a': 'a' }, { addresses: ['::'], hooks });
  assert.equal((await trial.ask('/a')).status, 200);
  assert.deepEqual([...seen, trial.events[0]?.fields?.client], Array(3).fill('127.0.0.1'));
});

test('what doctor downloads is no boot', async (t) => {
  const seen: string[] = [];
  const began = ({ name }: Sending) => {
    seen.push(name);
    return () => {};
  };
  const hooks = { beforeSeed: async () => {}, began };
  const { send } = await openTrial(t, { 'dist/a': 'a' }, { hooks });
  const get = async (more: string) =>
    drain(await send(`GET /a HTTP/1.1\r\nHost: localhost\r\n${more}Connection: close\r\n\r\n`));
  assert.match(String(await get(`User-Agent: ${DOCTOR_AGENT}\r\n`)), /200 OK/);
  assert.deepEqual(seen, []);
  await get('User-Agent: iPXE\r\n');
  assert.deepEqual(seen, ['a']);
});

test('several addresses share one port', { skip: process.platform !== 'linux' }, async (t) => {
  const addresses = ['127.0.0.1', '127.0.0.2'];
  const { port } = await openTrial(t, { 'dist/a': 'a' }, { addresses });
  for (const address of addresses) {
    assert.equal(await (await fetch(`http://${address}:${port}/a`)).text(), 'a');
  }
});

test('log and hooks count all bytes of each response on a connection', async (t) => {
  const size = 5 * 1024 * 1024;
  const sendings: Sending[] = [];
  const hooks: SendHooks = {
    beforeSeed: async () => {},
    began: (sending) => {
      sendings.push(sending);
      return () => {};
    },
  };
  const trial = await openTrial(t, { 'dist/large': pattern(size) }, { hooks });
  const request = 'GET /large HTTP/1.1\r\nHost: localhost\r\n';
  const got = await drain(await trial.send(`${request}\r\n${request}Connection: close\r\n\r\n`));
  await until(() => trial.events.length === 2, 'both are logged');
  const logged = trial.events.map(({ fields }) => Number(fields?.bytes));
  const [first = 0, second = 0] = logged;
  assert.equal(first + second, got.length);
  assert.ok(first > size && second > size, String(logged));
  assert.deepEqual(
    sendings.map(({ sent }) => sent()),
    [got.length, second],
  );
});
