import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { claimPidFile } from './pid-file.ts';

function pidFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-pid-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'pid');
}

test('is ours when nobody has it; and again, after a restart under the same id', async (t) => {
  const path = pidFile(t);
  assert.equal(await claimPidFile(path), null);
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
  assert.equal(await claimPidFile(path), null);
});

test('one that lives keeps it, until it is too old to be true', async (t) => {
  const path = pidFile(t);
  writeFileSync(path, `${process.ppid}\n`);
  assert.equal(await claimPidFile(path), process.ppid);
  assert.equal(await claimPidFile(path, { staleAfter: 60_000 }), process.ppid);
  utimesSync(path, new Date(0), new Date(Date.now() - 61_000));
  assert.equal(await claimPidFile(path, { staleAfter: 60_000 }), null);
});

test('what a killed one left is taken over, and so is nonsense', async (t) => {
  const path = pidFile(t);
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  for (const text of [`${gone}\n`, '', 'x', '-1', '1e99']) {
    writeFileSync(path, text);
    assert.equal(await claimPidFile(path), null, text);
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
  }
});

/** Claims `<folder>/<n>` for each n at a moment of its own, and says which it got; ends with its input. */
const CLAIMER = `
  import { claimPidFile } from ${JSON.stringify(join(import.meta.dirname, 'pid-file.ts'))};
  const [folder, start, files] = process.argv.slice(1);
  const got = [];
  for (let n = 0; n < Number(files); n++) {
    while (Date.now() < Number(start) + 10 * n);
    const holder = await claimPidFile(folder + '/' + n).catch(() => 'failed');
    if (holder === null) got.push(n);
  }
  process.stdout.write(JSON.stringify(got) + '\\n');
  process.stdin.resume();
`;

test('of several that take over at the same moment, one gets it', async (t) => {
  const folder = join(pidFile(t), '..');
  const files = 100;
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  for (let n = 0; n < files; n++) writeFileSync(join(folder, String(n)), `${gone}\n`);
  const words = [
    '--input-type=module',
    '-e',
    CLAIMER,
    folder,
    String(Date.now() + 1500),
    `${files}`,
  ];
  const claimers = Array.from({ length: 4 }, () => spawn(process.execPath, words));
  t.after(() => {
    for (const claimer of claimers) claimer.kill();
  });
  const said = claimers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]));
  const got = (await Promise.all(said)).flatMap((text): number[] => JSON.parse(text));
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    Array.from({ length: files }, (_, n) => n),
  );
});
