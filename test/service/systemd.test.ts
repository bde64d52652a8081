// systemd/homepbp.service: what systemd says of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installation, REPOSITORY } from './installation.ts';

/** On systemd's scale from 0 to 10; a service without settings has 9.6. */
const MAX_EXPOSURE = 2;
const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';

function analyze(t: TestContext, words: readonly string[]) {
  const result = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
  if (result.error !== undefined) {
    if (required) throw result.error;
    t.skip('systemd-analyze is not installed');
  }
  return result;
}

test('systemd-analyze finds no fault, and little that it exposes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, 'homepbp.service');
  // Without its last two commands, which are for a systemd that runs.
  const [first = '', sed = '', tee = ''] = installation(unit).split('\n');
  const made = spawnSync('sh', ['-ec', `${first}\n${sed}\n${tee.replace(/^ +/, '')}`], {
    cwd: makeProject(folder),
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  const verified = analyze(t, ['verify', '--recursive-errors=no', unit]);
  if (verified.error !== undefined) return;
  assert.deepEqual([verified.status, verified.stdout + verified.stderr], [0, '']);
  const threshold = `--threshold=${MAX_EXPOSURE * 10}`;
  const secure = analyze(t, ['security', '--offline=true', threshold, unit]);
  assert.equal(secure.status, 0, secure.stdout);
  assert.match(secure.stdout, /Overall exposure level/);
});

/** A folder that has what the installation looks for. */
function makeProject(folder: string): string {
  const script = `mkdir project project/dist; cp -r '${REPOSITORY}/systemd' '${REPOSITORY}/homepbp' project
    [ "$(id -u)" != 0 ] || chown daemon project/dist`;
  assert.equal(spawnSync('sh', ['-ec', script], { cwd: folder }).status, 0);
  return join(folder, 'project');
}
