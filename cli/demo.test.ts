// What `demo` says before it can start anything.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';

const skip = process.platform !== 'linux';

test('a folder that cannot be made is one sentence, not a stack trace', { skip }, async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'homepbp-demo-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'file'), '');
  const { status, stdout, stderr } = await runHomepbp(['demo', '--folder', 'file/demo'], {
    cwd,
    home: cwd,
  });
  assert.equal(status, 1);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) assert.match(stderr, /^\S+\/file\/demo cannot be written: .*\n {2}hint: .*\n$/);
  else assert.match(stdout, /^ {2}missing root, /m);
});
