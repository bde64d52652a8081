import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readKept, readTextFile } from './read-text.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'homepbp-read-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a reference that is endless or not a file is null, without waiting', (t) => {
  const root = folder(t);
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(join(root, 'large'), Buffer.alloc(1_048_577));
  for (const path of ['/dev/zero', pipe, root, join(root, 'large'), join(root, 'none')]) {
    assert.equal(readTextFile(path), null, path);
  }
  writeFileSync(join(root, 'text'), 'ä');
  assert.equal(readTextFile(join(root, 'text')), 'ä');
});

test('a project file is null only if it does not exist', (t) => {
  const root = folder(t);
  assert.equal(readKept(join(root, 'none')), null);
  mkdirSync(join(root, 'folder'));
  assert.throws(() => readKept(join(root, 'folder')), { name: 'UserError', message: /it is a/ });
  writeFileSync(join(root, 'text'), 'x');
  assert.throws(() => readKept(join(root, 'text/below')), { message: /not a folder/ });
  assert.equal(readKept(join(root, 'text')), 'x');
});
