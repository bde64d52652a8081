// For tests: the Python of the payload, its interpreters and its unit tests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';

const PAYLOAD = import.meta.dirname;
/** Folders that are Python packages; `join` runs as `python3 -m join…` with this folder as its path. */
export const PACKAGES = readdirSync(PAYLOAD, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^[^/]+\/__init__\.py$/.test(name))
  .map((name) => name.split('/')[0] ?? '');

/** Whether a program is here; where it is not, the test is skipped, or fails where it must be. */
export function has(t: TestContext, program: string, required: boolean): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true;
  if (required) assert.fail(`${program} is missing`);
  t.skip(`${program} is not installed`);
  return false;
}

/** The unit tests of each package under an interpreter. */
export function unitTests(python: string, required: boolean): void {
  for (const name of PACKAGES) {
    test(`${python}: the unit tests of ${name}`, (t) => {
      if (!has(t, python, required)) return;
      const words = ['-B', '-W', 'error', '-m', 'unittest', 'discover', '-s', name, '-t', '.'];
      const { status, stderr } = spawnSync(python, words, { cwd: PAYLOAD, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }
}
