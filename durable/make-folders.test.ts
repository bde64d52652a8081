import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolders } from './make-folders.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-folders-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const code = (expected: string) => (error: NodeJS.ErrnoException) => error.code === expected;

test('creates what is missing, and returns the topmost of it', (t) => {
  const folder = scratch(t);
  assert.equal(makeFolders(join(folder, 'a/b/c')), join(folder, 'a'));
  assert.equal(makeFolders(join(folder, 'a/b/d')), join(folder, 'a/b/d'));
  assert.equal(makeFolders(join(folder, 'a/b')), undefined);
  assert.equal(makeFolders('/'), undefined);
  makeFolders(join(folder, 'own/deep'), 0o700);
  for (const name of ['own', 'own/deep'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700);
});

test('a link to a folder is a folder; a file and a dangling link are not', (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('.', join(folder, 'here'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  assert.equal(makeFolders(join(folder, 'here')), undefined);
  assert.throws(() => makeFolders(join(folder, 'file')), code('EEXIST'));
  assert.throws(() => makeFolders(join(folder, 'file/a/b')), code('ENOTDIR'));
  assert.throws(() => makeFolders(join(folder, 'dangling')), code('ENOENT'));
  assert.throws(() => makeFolders(join(folder, 'dangling/a')), code('ENOENT'));
  assert.equal(existsSync(join(folder, 'nowhere')), false);
});

// In a process of its own: what must not happen here is that the call never returns.
test('where a file system takes no folders, it throws at once', {
  skip: !existsSync('/proc/self'),
}, () => {
  const module = join(import.meta.dirname, 'make-folders.ts');
  const script = `import { makeFolders } from ${JSON.stringify(module)};
    for (const path of ['/proc/homepbp', '/proc/homepbp/a/b'])
      try { makeFolders(path); } catch (error) { console.log(error.code); }`;
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.deepEqual([signal, stdout], [null, 'ENOENT\nENOENT\n']);
});
