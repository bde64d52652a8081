// The Python of the payload: types hold (mypy --strict), and its own unit tests pass.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';

const PAYLOAD = import.meta.dirname;
/** Folders that are Python packages; `join` runs as `python3 -m join…` with this folder as its path. */
const PACKAGES = readdirSync(PAYLOAD, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^[^/]+\/__init__\.py$/.test(name))
  .map((name) => name.split('/')[0] ?? '');
/** Node-side Python must run on 20.04's 3.8; mypy's newest releases know only later ones. */
const INTERPRETERS = ['python3', 'python3.8', 'pypy3'];

function has(t: TestContext, program: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true;
  if (process.env.HOMEPBP_REQUIRE_TOOLS === '1' && program !== 'python3.8') {
    assert.fail(`${program} is missing`);
  }
  t.skip(`${program} is not installed`);
  return false;
}

test('the packages are found', () => {
  assert.ok(PACKAGES.includes('join'));
});

test('mypy --strict finds nothing', (t) => {
  if (!has(t, 'mypy')) return;
  const { status, stdout, stderr } = spawnSync('mypy', ['--strict', ...PACKAGES], {
    cwd: PAYLOAD,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

for (const python of INTERPRETERS) {
  for (const name of PACKAGES) {
    test(`${python}: the unit tests of ${name}`, (t) => {
      if (!has(t, python)) return;
      const { status, stderr } = spawnSync(
        python,
        ['-B', '-W', 'error', '-m', 'unittest', 'discover', '-s', name, '-t', '.'],
        { cwd: PAYLOAD, encoding: 'utf8' },
      );
      assert.equal(status, 0, stderr);
    });
  }
}
