import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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
