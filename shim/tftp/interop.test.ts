// The real server, asked by other people's clients; those that are not installed are skipped.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from 'tftp';
import { pattern, trial } from './trial.ts';

const run = promisify(execFile);
const CONTENT = pattern(1_000_001);
const IN_TIME = 30_000;

function installed(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How a program is told to fetch `boot.bin` from a port of 127.0.0.1 into a file. */
type Command = (port: string, target: string) => readonly [string, ...string[]];

const url = (port: string) => `tftp://127.0.0.1:${port}/boot.bin`;
const atftp = (port: string, target: string, ...options: string[]) =>
  ['atftp', ...options, '--get', '-r', 'boot.bin', '-l', target, '127.0.0.1', port] as const;

const commands: Readonly<Record<string, Command>> = {
  curl: (port, target) => ['curl', '-sS', '-o', target, url(port)],
  'curl without options': (port, target) => [
    'curl',
    '-sS',
    '--tftp-no-options',
    '-o',
    target,
    url(port),
  ],
  'curl, blksize 1468': (port, target) => [
    'curl',
    '-sS',
    '--tftp-blksize',
    '1468',
    '-o',
    target,
    url(port),
  ],
  'curl, blksize 65464': (port, target) => [
    'curl',
    '-sS',
    '--tftp-blksize',
    '65464',
    '-o',
    target,
    url(port),
  ],
  tftp: (port, target) => [
    'tftp',
    '-m',
    'binary',
    '127.0.0.1',
    port,
    '-c',
    'get',
    'boot.bin',
    target,
  ],
  atftp: (port, target) => atftp(port, target),
  'atftp, windowsize 16': (port, target) =>
    atftp(port, target, '--option', 'windowsize 16', '--option', 'blksize 1468'),
  'atftp, tsize and timeout': (port, target) =>
    atftp(port, target, '--option', 'tsize 0', '--option', 'timeout 2'),
  busybox: (port, target) => [
    'busybox',
    'tftp',
    '-g',
    '-r',
    'boot.bin',
    '-l',
    target,
    '-b',
    '1468',
    '127.0.0.1',
    port,
  ],
};

async function target(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-tftp-client-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'got');
}

for (const [what, command] of Object.entries(commands)) {
  const [program] = command('0', '');
  const skip = installed(program) ? false : `${program} is not installed`;
  test(what, { skip, timeout: IN_TIME }, async (t) => {
    const { port, event } = await trial(t, { 'boot.bin': CONTENT });
    const file = await target(t);
    const [name, ...args] = command(String(port), file);
    await run(name, args, { timeout: IN_TIME });
    assert.ok((await readFile(file)).equals(CONTENT));
    const end = await event(({ kind }) => kind === 'transfer');
    assert.partialDeepStrictEqual(end, { outcome: 'complete', retransmissions: 0 });
  });
}

for (const windowSize of [1, 4, 64]) {
  test(`npm tftp, windowsize ${windowSize}`, { timeout: IN_TIME }, async (t) => {
    const { port } = await trial(t, { 'boot.bin': CONTENT });
    const client = createClient({ host: '127.0.0.1', port, windowSize });
    const file = await target(t);
    await promisify(client.get.bind(client))('boot.bin', file);
    assert.ok((await readFile(file)).equals(CONTENT));
  });
}

test('npm tftp is told of a file that is not there', { timeout: IN_TIME }, async (t) => {
  const { port } = await trial(t, {});
  const client = createClient({ host: '127.0.0.1', port });
  const file = await target(t);
  await assert.rejects(promisify(client.get.bind(client))('absent', file), /file not found/i);
});

test('tftp-hpa in netascii gets its line ends back', {
  skip: !installed('tftp') && 'tftp is not installed',
  timeout: IN_TIME,
}, async (t) => {
  const text = 'a\nb\rc\r\n'.repeat(5000);
  const { port } = await trial(t, { 'boot.bin': text });
  const file = await target(t);
  await run('tftp', ['-m', 'ascii', '127.0.0.1', String(port), '-c', 'get', 'boot.bin', file]);
  assert.equal(await readFile(file, 'utf8'), text);
});
