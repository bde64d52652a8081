// The real server with third-party clients; those not installed are skipped.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from 'tftp';
import { CLIENTS, FILE } from './clients.trial.ts';
import { pattern, trial } from './server.trial.ts';

const run = promisify(execFile);
const CONTENT = pattern(1_000_001);
const IN_TIME = 30_000;
const HOST = '127.0.0.1';
// Where every tool is required, a missing one is a failure.
const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';

function missing(program: string): string | false {
  const folders = isAbsolute(program) ? ['/'] : (process.env.PATH ?? '').split(delimiter);
  const found = folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found || required ? false : `${program} is not installed`;
}

async function target(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-tftp-client-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'got');
}

for (const [what, { words, windowsize }] of Object.entries(CLIENTS)) {
  const [program] = words({ host: HOST, port: 0 }, '');
  test(what, { skip: missing(program), timeout: IN_TIME }, async (t) => {
    const { port, event } = await trial(t, { [FILE]: CONTENT });
    const file = await target(t);
    const [name, ...args] = words({ host: HOST, port }, file);
    await run(name, args, { timeout: IN_TIME });
    assert.ok((await readFile(file)).equals(CONTENT));
    const end = await event(({ kind }) => kind === 'transfer');
    assert.partialDeepStrictEqual(end, { outcome: 'complete', windowsize, retransmissions: 0 });
  });
}

test('npm tftp gets an error for a missing file', { timeout: IN_TIME }, async (t) => {
  const { port } = await trial(t, {});
  const client = createClient({ host: HOST, port });
  const file = await target(t);
  await assert.rejects(promisify(client.get.bind(client))('absent', file), /file not found/i);
});

test('tftp-hpa in netascii gets its line ends back', {
  skip: missing('tftp'),
  timeout: IN_TIME,
}, async (t) => {
  const text = 'a\nb\rc\r\n'.repeat(5000);
  const { port } = await trial(t, { [FILE]: text });
  const file = await target(t);
  await run('tftp', ['-m', 'ascii', HOST, String(port), '-c', 'get', FILE, file]);
  assert.equal(await readFile(file, 'utf8'), text);
});
