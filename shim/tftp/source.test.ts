import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { ServedFile } from '../files.ts';
import { ChunkCache } from './chunk-cache.ts';
import { toNetascii } from './netascii.ts';
import { decodePacket } from './packet.ts';
import { folderFiles, pattern } from './server.trial.ts';
import { contentOf } from './source.ts';
import type { Source } from './transfer.ts';

/** Opens the file again each time, as each request does. */
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

async function sourceOf(
  file: ServedFile,
  mode: 'octet' | 'netascii',
  cacheBytes: number | ChunkCache,
  blksize = 512,
): Promise<Source> {
  const cache = typeof cacheBytes === 'number' ? new ChunkCache(cacheBytes) : cacheBytes;
  return (await contentOf(file, mode)).inBlocks(blksize, cache);
}

/** The data of a block, whose packet must be of that block. */
async function dataOf(source: Source, block: number): Promise<Buffer> {
  const packet = decodePacket(await source.packet(block));
  assert.ok(packet.kind === 'data' && packet.block === (block & 0xffff));
  return Buffer.from(packet.data);
}

/** All blocks in order, up to the short one. */
async function wholeOf(source: Source, blksize: number): Promise<Buffer> {
  const blocks: Buffer[] = [];
  do blocks.push(await dataOf(source, blocks.length + 1));
  while (blocks.at(-1)?.length === blksize);
  return Buffer.concat(blocks);
}

test('any block of a file, with and without room to keep it', async (t) => {
  const content = pattern(200_000);
  const { open } = await fileOf(t, content);
  const file = await open();
  assert.equal((await contentOf(file, 'octet')).size, 200_000);
  for (const cacheBytes of [0, 70_000, 1_000_000]) {
    const cache = new ChunkCache(cacheBytes);
    const places = fc.integer({ min: 0, max: 200_000 });
    const sizes = fc.integer({ min: 8, max: 65_464 });
    await fc.assert(
      fc.asyncProperty(places, sizes, async (place, blksize) => {
        const source = await sourceOf(file, 'octet', cache, blksize);
        const block = Math.floor(place / blksize) + 1;
        const expected = content.subarray((block - 1) * blksize, block * blksize);
        assert.ok((await dataOf(source, block)).equals(expected));
      }),
    );
  }
});

test('sizes around whole blocks and whole pieces: the last block is short, or empty', async (t) => {
  const pieces = 256 * 512;
  const sizes = [0, 1, 511, 512, 513, pieces - 1, pieces, pieces + 1, 2 * pieces, 70_000 * 8];
  for (const size of sizes) {
    const content = pattern(size);
    const { open } = await fileOf(t, content);
    for (const blksize of [8, 512, 65_464]) {
      const source = await sourceOf(await open(), 'octet', 100_000, blksize);
      assert.ok((await wholeOf(source, blksize)).equals(content), `${size} by ${blksize}`);
    }
  }
});

test('what one client has read is in memory for the next, until the file changes', async (t) => {
  const { path, open } = await fileOf(t, Buffer.from('old'));
  const cache = new ChunkCache(1000);
  const first = await sourceOf(await open(), 'octet', cache);
  assert.ok(first.packet(1) instanceof Promise);
  await first.packet(1);
  const second = await sourceOf(await open(), 'octet', cache);
  assert.deepEqual(second.packet(1), Buffer.from('\0\x03\0\x01old'));
  await writeFile(path, 'new');
  const third = await sourceOf(await open(), 'octet', cache);
  assert.equal(String(await dataOf(third, 1)), 'new');
});

test('a writer that restores size and time is still detected', async (t) => {
  const { path, open } = await fileOf(t, pattern(300_000));
  const source = await sourceOf(await open(), 'octet', 0, 1000);
  await source.packet(1);
  const { atime, mtime } = await stat(path);
  await writeFile(path, pattern(300_000, 2));
  await utimes(path, atime, mtime);
  await assert.rejects(async () => source.packet(251), { name: 'FileChangedError' });
});

test('a file that is being written to is not sent', async (t) => {
  const { path, open } = await fileOf(t, Buffer.from('half'));
  await appendFile(path, ' a file');
  const file = await open();
  // On a busy machine the clock would suggest by now that writing has stopped.
  const now = Math.floor((await stat(path)).mtimeMs);
  t.mock.timers.enable({ apis: ['Date'], now });
  const look = file.handle.stat.bind(file.handle);
  // The file is written after each check.
  t.mock.method(file.handle, 'stat', async () => {
    const seen = await look({ bigint: true });
    appendFileSync(path, ' and more');
    return seen;
  });
  await assert.rejects(contentOf(file, 'octet'), { name: 'FileChangedError' });
});

test('netascii in pieces is netascii as a whole', async (t) => {
  const content = Buffer.from(pattern(200_000).map((byte) => [10, 13, 65, 66][byte & 3] ?? 0));
  const { open } = await fileOf(t, content);
  const file = await open();
  assert.equal((await contentOf(file, 'netascii')).size, null);
  const source = await sourceOf(file, 'netascii', 0, 1000);
  const parts: Buffer[] = [];
  for (let block = 1; ; block += 1) {
    parts.push(await dataOf(source, block));
    if (block > 10) await source.packet(block - 10); // A window again.
    if ((parts.at(-1)?.length ?? 0) < 1000) break;
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
