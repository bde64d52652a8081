import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import promises, { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFile, makeFolder, replaceFile } from './replace-file.ts';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-durable-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a file is created and replaced, leaving no part file', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 'file');
  await replaceFile(path, 'one');
  assert.equal(readFileSync(path, 'utf8'), 'one');
  await replaceFile(path, 'two', { sync: false });
  assert.equal(readFileSync(path, 'utf8'), 'two');
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('many writers of one file: the result is always complete', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 'file');
  const texts = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(100_000));
  await Promise.all(texts.map((text) => replaceFile(path, text, { sync: false })));
  assert.ok(texts.includes(readFileSync(path, 'utf8')));
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a new file has the mode that was asked for, whatever the umask, or else what the umask leaves', async (t) => {
  const folder = scratch(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  await replaceFile(join(folder, 'asked'), 'x', { mode: 0o640 });
  await replaceFile(join(folder, 'left'), 'x');
  assert.deepEqual(
    ['asked', 'left'].map((name) => modeOf(join(folder, name))),
    [0o640, 0o600],
  );
});

test('an existing file keeps its mode, as does its part file from the start', async (t) => {
  const path = join(scratch(t), 'file');
  writeFileSync(path, 'old');
  for (const mode of [0o600, 0o666, 0o444]) {
    chmodSync(path, mode);
    await replaceFile(path, 'new', { mode: 0o644 });
    assert.equal(modeOf(path), mode);
  }
});

test('a link stays a link, even to a file that does not exist yet', async (t) => {
  const folder = scratch(t);
  mkdirSync(join(folder, 'far'));
  const path = join(folder, 'link');
  symlinkSync('between', path);
  symlinkSync('far/file', join(folder, 'between'));
  for (const text of ['one', 'two']) {
    await replaceFile(path, text);
    assert.equal(readFileSync(join(folder, 'far/file'), 'utf8'), text);
    assert.ok(
      lstatSync(path).isSymbolicLink() && lstatSync(join(folder, 'between')).isSymbolicLink(),
    );
  }
  assert.deepEqual(readdirSync(join(folder, 'far')), ['file']);
});

test('errors name the path; only the old file is left', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 'file');
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), 'old');
  const about = (path: string, code: RegExp) => (error: NodeJS.ErrnoException) => {
    assert.match(error.code ?? '', code);
    assert.equal(error.path, path);
    return true;
  };
  await assert.rejects(replaceFile(path, 'new'), about(path, /^(EISDIR|ENOTEMPTY|EEXIST)$/));
  const below = join(path, 'inside/below');
  await assert.rejects(replaceFile(below, 'new'), about(below, /^ENOTDIR$/));
  symlinkSync('loop', join(folder, 'loop'));
  await assert.rejects(
    replaceFile(join(folder, 'loop'), 'x'),
    about(join(folder, 'loop'), /^ELOOP$/),
  );
  assert.equal(readFileSync(join(path, 'inside'), 'utf8'), 'old');
  assert.deepEqual(readdirSync(folder), ['file', 'loop']);
  assert.deepEqual(readdirSync(path), ['inside']);
});

test('of several that create the same file, one does, and its text is kept', async (t) => {
  const folder = scratch(t);
  const path = join(folder, 'file');
  const made = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      createFile(path, `${n}`).then((isFirst) => ({ n, isFirst })),
    ),
  );
  const winners = made.filter(({ isFirst }) => isFirst);
  assert.deepEqual(
    winners.map(({ n }) => `${n}`),
    [readFileSync(path, 'utf8')],
  );
  assert.equal(await createFile(path, 'late'), false);
  assert.deepEqual(readdirSync(folder), ['file']);
});

/** What every open file of Node.js has. */
async function handlesOf(folder: string): Promise<FileHandle> {
  const handle = await open(folder);
  await handle.close();
  return Object.getPrototypeOf(handle);
}

const fault = (code: string) => Object.assign(new Error(code), { code });

test('the file is synced and then its folder, unless it is a cache', async (t) => {
  const path = join(scratch(t), 'file');
  const synced: string[] = [];
  t.mock.method(await handlesOf(tmpdir()), 'sync', async function (this: FileHandle) {
    const isFolder = (await this.stat()).isDirectory();
    synced.push(`${isFolder ? 'folder' : 'file'} ${readFileSync(path, { flag: 'a+' })}`);
  });
  await replaceFile(path, 'cache', { sync: false });
  assert.deepEqual(synced, []);
  await replaceFile(path, 'new');
  assert.deepEqual(synced, ['file cache', 'folder new']);
});

test('a new folder is synced into the one above it, and so on; an old one is left alone', async (t) => {
  const folder = scratch(t);
  const handles = await handlesOf(tmpdir());
  const synced: number[] = [];
  t.mock.method(handles, 'sync', async function (this: FileHandle) {
    synced.push((await this.stat()).ino);
  });
  const inode = (...steps: string[]) => statSync(join(folder, ...steps)).ino;
  await makeFolder(join(folder, 'a/b/c'));
  assert.deepEqual(synced, [inode('a', 'b'), inode('a'), inode()]);
  await makeFolder(join(folder, 'a/b'));
  assert.equal(synced.length, 3);
  await assert.rejects(makeFolder('/dev/null/x'), { code: 'ENOTDIR' });
});

test('a folder that cannot be synced is not an error, unless its disk fails', async (t) => {
  const path = join(scratch(t), 'file');
  let code = 'EINVAL';
  t.mock.method(await handlesOf(tmpdir()), 'sync', async function (this: FileHandle) {
    if ((await this.stat()).isDirectory()) throw fault(code);
  });
  await replaceFile(path, 'new');
  code = 'EIO';
  await assert.rejects(replaceFile(path, 'newer'), { code: 'EIO', path });
});

test('without modes, others get no more access than requested', async (t) => {
  const folder = scratch(t);
  const handles = await handlesOf(folder);
  t.mock.method(handles, 'chmod', () => Promise.reject(fault('EPERM')));
  let mode = 0o600;
  t.mock.method(handles, 'stat', () => Promise.resolve({ mode }));
  await replaceFile(join(folder, 'public'), 'x', { mode: 0o644 });
  mode = 0o755;
  await assert.rejects(replaceFile(join(folder, 'secret'), 'x', { mode: 0o600 }), {
    code: 'EPERM',
  });
  assert.deepEqual(readdirSync(folder), ['public']);
});

test('without hard links a file is still created, and a later one loses', async (t) => {
  const folder = scratch(t);
  const links = t.mock.method(promises, 'link', () => Promise.reject(fault('EPERM')));
  syncBuiltinESMExports();
  t.after(() => {
    links.mock.restore();
    syncBuiltinESMExports();
  });
  const path = join(folder, 'file');
  assert.deepEqual([await createFile(path, '1'), await createFile(path, '2')], [true, false]);
  assert.equal(links.mock.callCount(), 2);
  assert.equal(readFileSync(path, 'utf8'), '1');
  assert.deepEqual(readdirSync(folder), ['file']);
});

/** Once a part is there, it sends itself a signal or exits. */
const WRITER = `
  import { readdirSync } from 'node:fs';
  import { replaceFile } from ${JSON.stringify(join(import.meta.dirname, 'replace-file.ts'))};
  const [folder, how] = process.argv.slice(1);
  if (how === 'graceful') process.on('SIGTERM', () => {});
  void replaceFile(folder + '/file', 'x'.repeat(100_000_000));
  const look = setInterval(() => {
    if (!readdirSync(folder).some((name) => name.endsWith('.part'))) return;
    clearInterval(look);
    if (how === 'exit') process.exit(3);
    process.kill(process.pid, 'SIGTERM');
  }, 1);
`;

async function interrupt(t: TestContext, how: string) {
  const folder = scratch(t);
  const words = ['--input-type=module', '-e', WRITER, folder, how];
  const writer = spawn(process.execPath, words, { stdio: 'inherit' });
  t.after(() => writer.kill('SIGKILL'));
  const [code, signal] = await once(writer, 'exit');
  return { code, signal, left: readdirSync(folder) };
}

test('a signal that ends the process leaves no part file, and still ends it', async (t) => {
  assert.deepEqual(await interrupt(t, 'signal'), { code: null, signal: 'SIGTERM', left: [] });
});

test('an exit halfway leaves no part file', async (t) => {
  assert.deepEqual(await interrupt(t, 'exit'), { code: 3, signal: null, left: [] });
});

test('a process that handles the signal itself ends its writing first', async (t) => {
  assert.deepEqual(await interrupt(t, 'graceful'), { code: 0, signal: null, left: ['file'] });
});
