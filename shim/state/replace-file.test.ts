import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { replaceFile, whyUnwritable } from './replace-file.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a file is whole, also while another shim writes the same one, and no part stays', async (t) => {
  const path = join(scratch(t), 'new', 'file.json');
  await replaceFile(path, 'one');
  // What another process has begun.
  writeFileSync(`${path}.1.part`, 'tw');
  await replaceFile(path, 'two');
  assert.equal(readFileSync(path, 'utf8'), 'two');
  assert.deepEqual(readdirSync(join(path, '..')), ['file.json', 'file.json.1.part']);
});

test('a file that cannot be written is untouched, and the reason is in words', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(
    replaceFile(join(folder, 'file/below.json'), 'x'),
    /Genesis cannot write .*--state/,
  );
});

test('whether a folder can be written is known without writing', (t) => {
  const folder = scratch(t);
  assert.equal(whyUnwritable(folder), null);
  assert.equal(whyUnwritable(join(folder, 'not/there')), null);
  assert.ok(!existsSync(join(folder, 'not')));
  writeFileSync(join(folder, 'file'), '');
  assert.match(
    whyUnwritable(join(folder, 'file')) ?? '',
    /Genesis cannot write .*file \(ENOTDIR\).*--state/,
  );
  mkdirSync(join(folder, 'closed'));
  chmodSync(join(folder, 'closed'), 0o555);
  // Root may write everywhere.
  const reason = process.geteuid?.() === 0 ? /^$/ : /EACCES/;
  assert.match(whyUnwritable(join(folder, 'closed')) ?? '', reason);
});
