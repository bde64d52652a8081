import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { ServedFile } from '../files.ts';
import { ChunkCache } from './chunk-cache.ts';
import { toNetascii } from './netascii.ts';
import { sourceOf } from './source.ts';
import { folderFiles, pattern } from './trial.ts';

/** Opens the file anew each time, as each request does. */
async function fileOf(t: TestContext, content: Uint8Array) {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-source-'));
  const path = join(folder, 'a');
  await writeFile(path, content);
  const files = folderFiles(folder);
  const opened: ServedFile[] = [];
  t.after(async () => {
    for (const file of opened) await file.close();
    await rm(folder, { recursive: true });
  });
  const open = async () => {
    const file = await files.open('a');
    assert.ok(file);
    opened.push(file);
    return file;
  };
  return { path, open };
}

async function bytesAt(
  source: Awaited<ReturnType<typeof sourceOf>>,
  offset: number,
  length: number,
) {
  return Buffer.concat(await source.read(offset, length));
}

test('any block of a file, with and without room to keep it', async (t) => {
  const content = pattern(200_000);
  const { open } = await fileOf(t, content);
  for (const cacheBytes of [0, 70_000, 1_000_000]) {
    const source = await sourceOf(await open(), 'octet', new ChunkCache(cacheBytes));
    assert.equal(source.size, 200_000);
    const places = fc.integer({ min: 0, max: 210_000 });
    const lengths = fc.integer({ min: 8, max: 65_464 });
    await fc.assert(
      fc.asyncProperty(places, lengths, async (offset, length) => {
        const got = await bytesAt(source, offset, length);
        assert.ok(got.equals(content.subarray(offset, offset + length)));
      }),
    );
  }
});

test('what one client has read is in memory for the next, until the file changes', async (t) => {
  const { path, open } = await fileOf(t, Buffer.from('old'));
  const cache = new ChunkCache(1000);
  const first = await sourceOf(await open(), 'octet', cache);
  assert.ok(first.read(0, 512) instanceof Promise);
  await first.read(0, 512);
  const second = await sourceOf(await open(), 'octet', cache);
  assert.deepEqual(second.read(0, 512), [Buffer.from('old')]);
  await writeFile(path, 'new');
  const third = await sourceOf(await open(), 'octet', cache);
  assert.equal(String(await bytesAt(third, 0, 512)), 'new');
});

test('a writer that sets size and time back is seen all the same', async (t) => {
  const { path, open } = await fileOf(t, pattern(300_000));
  const source = await sourceOf(await open(), 'octet', new ChunkCache(0));
  await source.read(0, 1000);
  const { atime, mtime } = await stat(path);
  await writeFile(path, pattern(300_000, 2));
  await utimes(path, atime, mtime);
  await assert.rejects(async () => source.read(250_000, 1000), { name: 'FileChangedError' });
});

test('a file that is being written to is not begun', async (t) => {
  const { path, open } = await fileOf(t, Buffer.from('half'));
  await appendFile(path, ' a file');
  const file = await open();
  const source = sourceOf(file, 'octet', new ChunkCache(0));
  await file.handle.stat(); // After the source's first look, which was asked for before.
  await appendFile(path, ' and more');
  await assert.rejects(source, { name: 'FileChangedError' });
});

test('netascii in pieces is netascii as a whole', async (t) => {
  const content = Buffer.from(pattern(200_000).map((byte) => [10, 13, 65, 66][byte & 3] ?? 0));
  const { open } = await fileOf(t, content);
  const source = await sourceOf(await open(), 'netascii', new ChunkCache(0));
  assert.equal(source.size, null);
  const parts: Buffer[] = [];
  for (let offset = 0; ; offset += 1000) {
    const block = await bytesAt(source, offset, 1000);
    parts.push(block);
    if (offset >= 10_000) await source.read(offset - 10_000, 1000); // A window again.
    if (block.length < 1000) break;
  }
  assert.ok(Buffer.concat(parts).equals(toNetascii(content)));
});

test('the cache keeps the newest within its bound and loads a piece once', async () => {
  const cache = new ChunkCache(250);
  let loads = 0;
  const load = async () => {
    loads += 1;
    return new Uint8Array(100);
  };
  await Promise.all([cache.fetch('a', load), cache.fetch('a', load), cache.fetch('b', load)]);
  assert.deepEqual([loads, cache.bytes], [2, 200]);
  cache.peek('a');
  await cache.fetch('c', load);
  assert.deepEqual([cache.bytes, cache.peek('b'), cache.peek('a')?.length], [200, undefined, 100]);
  await cache.fetch('large', async () => new Uint8Array(1000));
  assert.equal(cache.bytes, 0);
  await assert.rejects(
    cache.fetch('bad', () => Promise.reject(new Error('disk'))),
    /disk/,
  );
  assert.equal((await cache.fetch('bad', load)).length, 100);
});
