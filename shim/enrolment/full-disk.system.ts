// A disk that fills while a record is written: the old one stays, and nothing is handed out. Runs as root on Linux
// only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FILES, ISSUED, SERVER, stateFile } from '../live.trial.ts';
import { changed, ONE, openEnrolment, RECORD, TWO } from './enrolment.trial.ts';

const skip = process.getuid?.() !== 0 || process.platform !== 'linux';

/** A file system of 64 kB, unmounted when the test ends. */
function mountSmall(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'homepbp-test', folder]);
  t.after(() => {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** Writes until nothing more fits. */
function fill(folder: string): void {
  assert.throws(() => {
    for (let at = 0; ; at++) writeFileSync(join(folder, `filler${at}`), 'x'.repeat(4096));
  }, /ENOSPC/);
}

test('a full disk keeps the old record, and hands out nothing', { skip }, async (t) => {
  const always = { ...FILES, 'dist/inventory.json': changed({ enroll: 'always' }) };
  const live = await openEnrolment(t, SERVER, always);
  const disk = mountSmall(t);
  rmSync(live.state, { recursive: true });
  symlinkSync(disk, live.state);
  const enrolment = JSON.stringify({ version: 1, project: ISSUED.project });
  writeFileSync(join(disk, 'enrolment.json'), enrolment);
  assert.equal((await live.ask(ONE)).status, 200);
  const record = stateFile(live.state, RECORD);
  fill(disk);
  const refused = await live.ask(TWO);
  assert.equal(refused.status, 503);
  assert.match(
    await refused.text(),
    /^HomePBP: Genesis cannot write \S+\/enrolled\/k8s-node01\.json \(ENOSPC\); make /,
  );
  assert.equal(stateFile(live.state, RECORD), record);
  assert.equal((await live.ask(ONE)).status, 200, 'the pinned key needs no record');
  execFileSync('sh', ['-c', 'rm "$0"/filler*', disk]);
  assert.equal((await live.ask(TWO)).status, 200);
  assert.notEqual(stateFile(live.state, RECORD), record);
  const left = execFileSync('find', [disk, '-name', '*.part'], { encoding: 'utf8' });
  assert.equal(left, '');
});
