import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CHECKINS, type Entry, openJournal } from './checkin-journal.ts';

const LIMITS = { maxBytes: 4096, keptBytes: 2048, keptPerMac: 3, waiting: 1000 };

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const entry = (at: number, mac = '52-54-00-12-34-01'): Entry => ({
  at,
  mac,
  stage: 'root',
  message: `number ${at}`,
  error: null,
});

async function filled(folder: string, entries: readonly Entry[], faults: string[] = []) {
  const journal = openJournal(folder, (reason) => faults.push(reason), LIMITS);
  for (const one of entries) journal.append(one);
  await journal.close();
  return journal;
}

const reread = (folder: string) =>
  openJournal(folder, () => {}, LIMITS).entries.map(({ at }) => at);

test('what was appended is read back, the newest of each machine', async (t) => {
  const folder = join(scratch(t), 'new');
  const other = entry(1, '52-54-00-12-34-02');
  await filled(folder, [other, ...[2, 3, 4, 5].map((at) => entry(at))]);
  assert.deepEqual(reread(folder), [1, 3, 4, 5]);
});

test('the file stays bounded, and its end is always the newest', async (t) => {
  const folder = scratch(t);
  const macs = ['52-54-00-12-34-01', '52-54-00-12-34-02', '52-54-00-12-34-03'];
  await filled(
    folder,
    Array.from({ length: 1000 }, (_, at) => entry(at + 1, macs[at % 3])),
  );
  assert.ok(statSync(join(folder, CHECKINS)).size <= LIMITS.maxBytes);
  assert.deepEqual(reread(folder).at(-1), 1000);
  assert.equal(reread(folder).length, 9);
});

test('torn, invalid and foreign lines are skipped, without losing later ones', async (t) => {
  const folder = scratch(t);
  const torn = '{"at":3,"mac":"52-54-00-12';
  const odd = [
    '{}',
    'null',
    '{"at":"x"}',
    '\u0000\u0000',
    JSON.stringify({ ...entry(2), mac: '../x' }),
  ];
  writeFileSync(join(folder, CHECKINS), [JSON.stringify(entry(1)), ...odd, torn].join('\n'));
  await filled(folder, [entry(4)]);
  assert.deepEqual(reread(folder), [1, 4]);
});

test('a file that is far too long is read from its end and shortened', async (t) => {
  const folder = scratch(t);
  const lines = Array.from({ length: 1000 }, (_, at) => JSON.stringify(entry(at + 1)));
  writeFileSync(join(folder, CHECKINS), `${lines.join('\n')}\n`);
  await filled(folder, [entry(1001)]);
  assert.ok(statSync(join(folder, CHECKINS)).size <= LIMITS.maxBytes);
  assert.deepEqual(reread(folder), [999, 1000, 1001]);
});

test('a folder that cannot be written costs history only, and says so', async (t) => {
  const folder = join(scratch(t), 'file');
  writeFileSync(folder, '');
  const faults: string[] = [];
  await filled(folder, [entry(1), entry(2)], faults);
  assert.match(
    faults.join('\n'),
    /cannot write \S*checkins\.jsonl \(E\w+\); make that folder writable/,
  );
  assert.equal(readFileSync(folder, 'utf8'), '');
});

test('the queue of lines is bounded; the excess is dropped', async (t) => {
  const folder = scratch(t);
  const journal = openJournal(folder, () => {}, { ...LIMITS, keptPerMac: 16, waiting: 3 });
  for (let at = 1; at <= 10; at += 1) journal.append(entry(at));
  await journal.close();
  assert.deepEqual(reread(folder), [1, 2, 3]);
  journal.append(entry(11));
  await journal.close();
  assert.deepEqual(reread(folder), [2, 3, 11], 'there is room again');
});

test('after a failed write, the next entry starts on a new line', async (t) => {
  const folder = scratch(t);
  const journal = openJournal(folder, () => {}, LIMITS);
  const path = join(folder, CHECKINS);
  mkdirSync(path);
  journal.append(entry(1));
  await journal.close();
  rmdirSync(path);
  // As left by a full disk.
  writeFileSync(path, '{"at":1');
  journal.append(entry(2));
  await journal.close();
  assert.deepEqual(reread(folder), [2]);
});
