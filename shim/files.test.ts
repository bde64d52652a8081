import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createDistFiles, createFiles, type DistFiles } from './files.ts';

/** A folder with these files (path → text), removed after the test. */
function tree(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-files-')));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The result of both ways to get a file. */
async function textOf(files: DistFiles, name: string): Promise<string | null> {
  const whole = files.read(name, 1000);
  const file = await files.open(name);
  assert.equal(whole === null, file === null, name);
  if (file === null) return null;
  try {
    return await file.handle.readFile('utf8');
  } finally {
    await file.close();
  }
}

test('a file has its real path, size and time', async (t) => {
  const root = tree(t, { 'os/a b+ü%20': 'text' });
  const file = await createFiles(root, []).open('os/a b+ü%20');
  assert.ok(file);
  t.after(() => file.close());
  assert.equal(file.path, join(root, 'os/a b+ü%20'));
  assert.equal(file.below, 'os/a b+ü%20');
  assert.equal(file.size, 4);
  assert.ok(Math.abs(file.mtimeMs - Date.now()) < 60_000);
});

test('a small file is read whole, a larger one is not', (t) => {
  const root = tree(t, { 'a/b': 'text', empty: '' });
  const files = createFiles(root, []);
  const file = files.read('a/b', 4);
  assert.ok(file !== null && file !== 'large');
  assert.deepEqual([file.content.toString(), file.size, file.below], ['text', 4, 'a/b']);
  assert.equal(files.read('a/b', 3), 'large');
  assert.equal(files.read('a/none', 3), null);
  const empty = files.read('empty', 0);
  assert.ok(empty !== null && empty !== 'large' && empty.size === 0);
});

test('names outside the root, hidden names and strange characters find nothing', async (t) => {
  const outer = tree(t, {
    'dist/a/b': 'b',
    'dist/.build.json': '{}',
    'dist/.staging/x': 'x',
    'dist/a\\b': 'backslash',
    'dist/a\u0085b': 'control',
    'dist-secret/k': 'k',
    secret: 's',
  });
  const files = createFiles(join(outer, 'dist'), []);
  assert.equal(await textOf(files, 'a/b'), 'b');
  for (const name of [
    '',
    '.',
    '..',
    '../secret',
    'a/../../secret',
    '../dist-secret/k',
    'a/../a/b',
    './a/b',
    '/a/b',
    'a//b',
    'a/b/',
    join(outer, 'secret'),
    'a/b\0',
    'a/b\n',
    'a\\b',
    'a\u0085b',
    '.build.json',
    '.staging/x',
    `${'x'.repeat(300)}`,
    `${'x/'.repeat(5000)}x`,
    'a/b/c',
    'absent',
  ]) {
    assert.equal(await textOf(files, name), null, JSON.stringify(name.slice(0, 50)));
  }
});

test('folders, FIFOs, sockets and devices are not served, and none of them blocks', async (t) => {
  const root = tree(t, { 'a/b': 'b' });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  t.after(() => server.close());
  symlinkSync('/dev/zero', join(root, 'zero'));
  const files = createFiles(root, ['/dev']);
  for (const name of ['a', 'fifo', 'socket', 'zero']) {
    assert.equal(await textOf(files, name), null, name);
  }
});

test('links are followed into the root and the link targets, nowhere else', async (t) => {
  const outer = tree(t, {
    'dist/real': 'real',
    'dist/.hidden': 'hidden',
    'media/x': 'x',
    'media/.part': 'part',
    'media-secret/x': 'secret',
    secret: 's',
  });
  const link = (name: string, to: string) => symlinkSync(to, join(outer, 'dist', name));
  link('inside', 'real');
  link('to-media', '../media/x');
  link('through', 'folder/x');
  link('folder', '../media');
  link('hidden', '.hidden');
  link('part', '../media/.part');
  link('sibling', '../media-secret/x');
  link('out', '../secret');
  link('absolute', '/etc/passwd');
  link('up', '..');
  link('loop', 'loop');
  link('dangling', '../media/none');
  const files = createFiles(join(outer, 'dist'), [join(outer, 'media'), join(outer, 'none')]);
  assert.equal(await textOf(files, 'inside'), 'real');
  for (const name of ['to-media', 'through', 'folder/x']) {
    assert.equal(await textOf(files, name), 'x', name);
  }
  const refused = ['hidden', 'part', 'sibling', 'out', 'absolute', 'up/secret', 'loop', 'dangling'];
  for (const name of refused) assert.equal(await textOf(files, name), null, name);
});

test('dist/ links into the media folder beside it and the one that the build recorded', async (t) => {
  const outer = tree(t, {
    'dist/tftp/x': 'x',
    'media/near': 'near',
    'elsewhere/media/far': 'far',
    'elsewhere/other': 'other',
  });
  const dist = join(outer, 'dist');
  symlinkSync('../../media/near', join(dist, 'tftp/near'));
  symlinkSync('../../elsewhere/media/far', join(dist, 'tftp/far'));
  symlinkSync('../../elsewhere/other', join(dist, 'tftp/other'));
  const record = (text: string) => writeFileSync(join(dist, '.build.json'), text);
  const files = createDistFiles(dist, 'tftp');
  const found = async () => [await textOf(files, 'near'), await textOf(files, 'far')];

  assert.deepEqual(await found(), ['near', null]);
  record('{"media": "../elsewhere/media"}');
  assert.deepEqual(await found(), ['near', 'far']);
  assert.equal(await textOf(files, 'other'), null);
  for (const broken of ['{"media": ', '[]', 'null', '{"media": 7}', '{"media": ""}']) {
    record(broken);
    assert.deepEqual(await found(), ['near', null], broken);
  }
});

test('a root that is itself a link, or is replaced, is followed at each request', async (t) => {
  const outer = tree(t, { 'one/f': 'one', 'two/f': 'two' });
  symlinkSync('one', join(outer, 'dist'));
  const files = createFiles(join(outer, 'dist'), []);
  assert.equal(await textOf(files, 'f'), 'one');
  symlinkSync('two', join(outer, 'next'));
  renameSync(join(outer, 'next'), join(outer, 'dist'));
  assert.equal(await textOf(files, 'f'), 'two');
});

test('a name that is constantly replaced is always one whole file', async (t) => {
  const root = tree(t, { f: 'old', 'm/0': '0', 'm/1': '1' });
  const files = createFiles(root, []);
  for (let round = 0; round < 300; round++) {
    const opened = textOf(files, 'f');
    symlinkSync(`m/${round % 2}`, join(root, 'next'));
    renameSync(join(root, 'next'), join(root, 'f'));
    assert.match((await opened) ?? 'nothing', /^(old|0|1)$/);
  }
});

test('no descriptor is left open by what is refused', async (t) => {
  const root = tree(t, { 'a/b': 'b' });
  const files = createFiles(root, []);
  const count = () => readdirSync('/dev/fd').length;
  await textOf(files, 'a/b');
  const before = count();
  for (let round = 0; round < 50; round++) await textOf(files, round % 2 === 0 ? 'a' : 'a/b');
  assert.ok(count() <= before + 2, `${count()} descriptors after ${before}`);
});
