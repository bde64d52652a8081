// The simulator itself: its directed histories, and some seeds of each size of cluster. Its types are
// checked with the payload's: payload/python.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPython } from './run.ts';

test('directed histories end as they must, and each exception is shown by its own', () => {
  readPython('unittest', ['simulate.test_scripts', 'simulate.test_foundings']);
});

for (const nodes of [1, 2, 3, 4, 5, 7, 9]) {
  test(`60 seeds with ${nodes} nodes`, () => {
    const printed = readPython('simulate.run', [
      '--first',
      '1',
      '--last',
      '60',
      '--nodes',
      `${nodes}`,
    ]);
    assert.match(printed, /^runs 60 {2}violations 0 /m);
  });
}

test('the seeds give the same histories every time', () => {
  const show = () => readPython('simulate.run', ['--first', '7', '--last', '7', '--nodes', '5']);
  const printed = show();
  assert.ok(printed.split('\n').length > 100, 'one seed prints its whole trace');
  assert.equal(show(), printed);
});

test('compiling leaves nothing in the folder that it is called from', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-mypyc-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // As the real one, which writes there even to say its version.
  const mypyc = '#!/bin/sh\nmkdir -p build && : >build/setup.py; exit 1\n';
  const cwd = join(folder, 'cwd');
  mkdirSync(cwd);
  writeFileSync(join(folder, 'mypyc'), mypyc, { mode: 0o755 });
  const script = `(await import('${join(import.meta.dirname, 'compile.ts')}')).compileSimulator()`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(cwd), []);
});
