// Sirv, from the guard's check of a file to the last byte sent: the file may change at any moment.
import assert from 'node:assert/strict';
import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ServedFile } from '../files.ts';
import { drain, openFiles, openTrial, type Trial, until } from './server.trial.ts';
import { createSmall, isSmall, type SendSmall } from './small.ts';

const OLD = 'old '.repeat(20_000);

/** A trial where `change` runs when the file has been opened, before sirv is asked for it. */
async function changing(t: TestContext, change: (path: string) => void): Promise<Trial> {
  const paths: string[] = [];
  const sendSmall: SendSmall = (request, response, name, file: ServedFile) => {
    if (name === 'a') for (const path of paths) change(path);
    return createSmall(join(trial.folder, 'dist'))(request, response, name, file);
  };
  const trial = await openTrial(t, { 'dist/a': OLD, 'dist/b': 'b' }, { sendSmall });
  paths.push(join(trial.dist, 'a'));
  return trial;
}

test('which files are for sirv', () => {
  for (const [name, size] of [
    ['boot.ipxe', 0],
    ['k3s/v1+k3s1/x', 1024 * 1024 - 1],
    ['fünke %', 1],
  ] as const) {
    assert.equal(isSmall(name, size), true, name);
  }
  for (const [name, size] of [
    ['root', 1024 * 1024],
    ['a.gz', 1],
    ['a.br', 1],
    ['a?b', 1],
    ['a#b', 1],
  ] as const) {
    assert.equal(isSmall(name, size), false, name);
  }
});

test('a file replaced by a build: the response is the old one, whole', async (t) => {
  for (const content of ['new and longer '.repeat(20_000), 'new '.repeat(20_000)]) {
    const { ask } = await changing(t, (path) => {
      writeFileSync(`${path}.new`, content);
      renameSync(`${path}.new`, path);
    });
    assert.equal((await ask('/a')).body.toString(), OLD);
  }
});

test('a file that vanishes: likewise', async (t) => {
  const { ask } = await changing(t, (path) => rmSync(path));
  assert.equal((await ask('/a')).body.toString(), OLD);
  assert.equal((await ask('/a')).status, 404);
});

test('a file that shrinks ends its response only', async (t) => {
  const { ask, events } = await changing(t, (path) => truncateSync(path, 10));
  await assert.rejects(ask('/a'), { code: 'ECONNRESET' });
  assert.equal((await ask('/b')).body.toString(), 'b');
  assert.match(String(events[0]?.fields?.reason), /FileShrunk/);
});

test('a file that grows is sent as long as it was, and the connection stays in step', async (t) => {
  const { send } = await changing(t, (path) => writeFileSync(path, OLD.repeat(2)));
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const socket = await send(get('/a') + get('/b', 'Connection: close\r\n'));
  const [first = '', ...rest] = (await drain(socket))
    .toString()
    .split('HTTP/1.1 200 OK\r\n')
    .slice(1);
  assert.equal(rest.length, 1);
  assert.equal(first.split('\r\n\r\n')[1]?.length, OLD.length);
  assert.ok(rest[0]?.endsWith('\r\n\r\nb'));
});

test('aborted downloads leave nothing open', { skip: process.platform !== 'linux' }, async (t) => {
  const { send, folder, events } = await openTrial(t, { 'dist/a': 'a'.repeat(1_000_000) });
  for (let round = 1; round <= 20; round++) {
    const socket = await send('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.destroy();
  }
  await until(() => events.length === 20, 'all requests have ended');
  await until(() => openFiles(folder).length === 0, 'all files are closed');
});
