// The Python of the payload and of the simulator: types hold (mypy --strict), and the payload's own unit
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
  const folders = [...PACKAGES.map((name) => `payload/${name}`), 'test/simulate'];
  const { status, stdout, stderr } = spawnSync('mypy', ['--strict', ...folders], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, MYPYPATH: 'payload' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

unitTests('python3', REQUIRED);
