import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Enrolled } from '../../contract/enrolment.ts';
import { withLock } from '../../durable/lock.ts';
import { openEnrolled } from './enrolled.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-enrolled-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** How often a record was changed is in `admitted`. */
const counted = (name: string) => (before: Enrolled | null) => ({
  ...({ version: 1, name, pinned: null, refused: null } as const),
  admitted: `${Number(before?.admitted ?? 0) + 1}`,
});

test('each change is made on what the file says then, whoever wrote it', async (t) => {
  const folder = join(scratch(t), 'state');
  const processes = Array.from({ length: 4 }, () => openEnrolled(folder));
  const [first] = processes;
  assert.equal(first?.read('n1'), null);
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => processes[at % 4]?.update('n1', counted('n1'))),
  );
  assert.equal(first?.read('n1')?.admitted, '20');
  assert.equal((await first?.update('n1', () => null))?.admitted, '20', 'unchanged');
  assert.equal(await first?.update('n2', () => null), null);
  assert.deepEqual(readdirSync(folder).toSorted(), ['.enrolled.lock', 'enrolled']);
  assert.deepEqual(readdirSync(join(folder, 'enrolled')), ['n1.json'], 'no part is left');
});

test('another process that keeps the lock is named', async (t) => {
  const folder = scratch(t);
  const records = openEnrolled(folder, 0);
  const lock = join(folder, '.enrolled.lock');
  await withLock(lock, { wait: 0, refused: () => new Error('not ours') }, () =>
    assert.rejects(records.update('n1', counted('n1')), {
      name: 'UserError',
      message: `Genesis cannot write ${folder}/enrolled/n1.json: another process has it locked (process ${process.pid}); stop it`,
    }),
  );
  await records.update('n1', counted('n1'));
});

test('a record that is damaged or of another node is not changed, and says how to get a whole one', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 'enrolled/n1.json');
  mkdirSync(join(folder, 'enrolled'));
  const records = openEnrolled(folder);
  for (const [text, message] of [
    ['{"version":1', /n1\.json:1:13: the file is damaged: not valid JSON\n {2}hint: restore/],
    ['{"version":2}', /another version of HomePBP wrote this/],
    [JSON.stringify(counted('n2')(null)), /n1\.json is the record of n2\n {2}hint: restore/],
  ] as const) {
    writeFileSync(path, text);
    const hurt = { name: 'UserError', message };
    await assert.rejects(records.update('n1', counted('n1')), hurt);
    assert.throws(() => records.read('n1'), hurt);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('a name leads nowhere else', async (t) => {
  const records = openEnrolled(scratch(t));
  for (const name of ['../n1', 'a/b', '', '.', '..', '.n1']) {
    assert.throws(() => records.read(name), RangeError, name);
    await assert.rejects(records.update(name, counted(name)), RangeError, name);
  }
});
