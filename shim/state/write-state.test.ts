import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { whyUnwritable, writeState } from './write-state.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a file is made with its folder', async (t) => {
  const path = join(scratch(t), 'new', 'file.json');
  for (const text of ['one', 'two']) {
    await writeState(path, text);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('a file that cannot be written is untouched, and the error says why', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(
    writeState(join(folder, 'file/below.json'), 'x'),
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
