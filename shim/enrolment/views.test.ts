import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Enrolled } from '../../contract/enrolment.ts';
import { createEnrolmentViews, NOT_ENROLLED } from './views.ts';

const DAY = 24 * 3600 * 1000;
const AT = '2026-11-30T10:48:00.000Z';
const NOW = Date.parse(AT);
const pinned: Enrolled['pinned'] = {
  ...{ at: AT, address: '192.0.2.1', fingerprint: 'SHA256:x', mac: '52-54-00-12-34-01' },
  ...{ role: 'server', state: 'a', key: 'PEM', wipe: null },
};
const record = (more: Partial<Enrolled> = {}): Enrolled => ({
  ...{ version: 1, name: 'n1', pinned, admitted: null, refused: null },
  ...more,
});

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-views-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'enrolled'));
  const disk = { reads: 0, record: record() as Enrolled | null | Error };
  const read = () => {
    disk.reads++;
    if (disk.record instanceof Error) throw disk.record;
    return disk.record;
  };
  const faults: string[] = [];
  const views = createEnrolmentViews(folder, { read }, (reason) => faults.push(reason));
  /** As a rename below it does. */
  const touch = (at: number) => utimesSync(join(folder, 'enrolled'), at / 1000, at / 1000);
  touch(NOW);
  return { disk, faults, views, touch };
}

test('a record is read again only when one has changed', (t) => {
  const { disk, views, touch } = open(t);
  for (let at = 10_000; at < 20_000; at += 500) views.of('n1', NOW + at);
  assert.equal(disk.reads, 1);
  touch(NOW + 20_000);
  disk.record = null;
  assert.deepEqual(views.of('n1', NOW + 20_001), NOT_ENROLLED);
  // The folder's time may stand still within one tick of its clock.
  disk.record = record();
  assert.equal(views.of('n1', NOW + 20_500).pinned?.since, NOW);
  const { reads } = disk;
  views.of('n1', NOW + 30_000);
  views.of('n1', NOW + 30_500);
  assert.equal(disk.reads, reads + 1, 'once more when it has settled');
});

test('a refused key is shown for a week', (t) => {
  const { disk, views } = open(t);
  disk.record = record({ refused: { at: AT, address: null, fingerprint: 'SHA256:y' } });
  const refused = { at: NOW, address: null };
  assert.deepEqual(views.of('n1', NOW + 7 * DAY - 1).refused, refused);
  assert.equal(views.of('n1', NOW + 7 * DAY).refused, null);
});

test('a record that cannot be read is reported once', (t) => {
  const { disk, faults, views } = open(t);
  disk.record = new Error('it is damaged');
  for (let at = 0; at < 5000; at += 500) assert.equal(views.of('n1', NOW + at), NOT_ENROLLED);
  assert.deepEqual(faults, ['it is damaged']);
});
