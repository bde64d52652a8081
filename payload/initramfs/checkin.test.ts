import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeRoot, REAL_TIME, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const MAC = '52-54-00-12-34-01';
const HOSTILE = 'a "quoted" back\\slash\n\t\u001b[2J and é';

/** In another process: runParts blocks this one. Writes requests to a file; silent when told so. */
const SERVER = `
const { appendFileSync } = require('node:fs');
const [file, silent] = process.argv.slice(1);
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    appendFileSync(file, JSON.stringify({ method: request.method, url: request.url, body }) + '\\n');
    if (!silent) response.writeHead(204).end();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

async function listen(t: TestContext, root: string, silent = '') {
  const file = join(root, 'heard');
  const server: ChildProcess = spawn(process.execPath, ['-e', SERVER, file, silent]);
  t.after(() => server.kill('SIGKILL'));
  assert.ok(server.stdout);
  const [port] = await once(server.stdout, 'data');
  const heard = (): { method: string; url: string; body: string }[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  const start = `HOMEPBP_BASE=http://127.0.0.1:${String(port).trim()}/boot; HOMEPBP_NODE=${MAC}\n`;
  return { heard, start };
}

for (const shell of SHELLS) {
  const name = shell.join(' ');

  test(`${name}: a check-in is what contract/checkin.ts says`, {
    skip: SKIP,
  }, async (t) => {
    const root = makeRoot(t);
    const { heard, start } = await listen(t, root);
    const quoted = `"$(printf '${HOSTILE.replaceAll('\\', '\\\\').replace('\n', '\\n')}')"`;
    runParts(
      shell,
      root,
      `${start}check_in disk ${quoted}; check_in root '' "$(printf '%01000d' 7)"`,
    );
    assert.deepEqual(
      heard().map(({ method, url }) => `${method} ${url}`),
      ['POST /boot/api/checkin', 'POST /boot/api/checkin'],
    );
    const [first, second] = heard().map(({ body }) => JSON.parse(body));
    assert.deepEqual(first, {
      mac: MAC,
      stage: 'disk',
      message: 'a "quoted" back\\slash[2J and é',
      error: null,
    });
    assert.equal(second?.error, '0'.repeat(400));
  });

  test(`${name}: nobody that answers costs two seconds, and no more`, { skip: SKIP }, async (t) => {
    const root = makeRoot(t);
    const { heard, start } = await listen(t, root, 'silent');
    const began = Date.now();
    const { status } = runParts(shell, root, `${REAL_TIME}${start}check_in root up; echo "on: $?"`);
    const took = Date.now() - began;
    assert.ok(took > 1000 && took < 4500, `${took} ms`);
    assert.deepEqual([status, heard().length], [0, 1]);
    const refused = runParts(
      shell,
      root,
      `HOMEPBP_BASE=http://127.0.0.1:1\ncheck_in root up; echo "on: $?"`,
    );
    assert.match(refused.console, /^on: 0$/m);
  });

  test(`${name}: a machine that cannot go on says why, in the stage that it was in`, {
    skip: SKIP,
  }, async (t) => {
    const root = makeRoot(t, {
      'run/homepbp/disk.json': '{"state": "mounted", "device": "/dev/sda3", "reason": null}',
    });
    const { heard, start } = await listen(t, root);
    runParts(shell, root, `${start}give_up "before any network" "there" "fix it"`);
    assert.deepEqual(heard(), []);
    runParts(shell, root, `${start}check_in_disk; give_up "no space" "there" "fix it"`);
    const told = heard().map(({ body }) => JSON.parse(body));
    assert.deepEqual(
      told.map(({ stage, message, error }) => [stage, message, error]),
      [
        ['disk', 'STATE is mounted from /dev/sda3', null],
        ['disk', '', 'no space; next: fix it'],
      ],
    );
  });
}
