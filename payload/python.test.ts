// The Python of the payload, of the simulator and of hostile-lan: types hold (mypy --strict), and the payload's own unit
// tests pass. Other interpreters are in python.system.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { has, PACKAGES, unitTests } from './python.trial.ts';

const REQUIRED = process.env.HOMEPBP_REQUIRE_TOOLS === '1';

test('the packages are found', () => {
  assert.ok(PACKAGES.includes('join'));
});

test('mypy --strict finds nothing', (t) => {
  if (!has(t, 'mypy', REQUIRED)) return;
  const others = ['test/simulate', 'test/e2e/hostile/attacks'];
  const folders = [...PACKAGES.map((name) => `payload/${name}`), ...others];
  const { status, stdout, stderr } = spawnSync('mypy', ['--strict', ...folders], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, MYPYPATH: 'payload' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

unitTests('python3', REQUIRED);
