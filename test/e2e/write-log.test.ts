// The log is made by QEMU itself: what is lost at a power cut, and what never is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { applyCut, readWriteLog, visitFlushes } from './write-log.ts';

const SKIP = spawnSync('qemu-io', ['--version']).status === 0 ? false : 'needs qemu-io';
const BYTES = 1024 * 1024;

/** Has QEMU write to a disk by qemu-io's commands; the log, and an image as it was before. */
function logOf(t: TestContext, ...commands: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [disk, image, log] = ['disk', 'image', 'log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [disk, image, log]) writeFileSync(path, '');
  for (const path of [disk, image]) truncateSync(path, BYTES);
  const options = `driver=blklogwrites,file.driver=file,file.filename=${disk},log.driver=file,log.filename=${log}`;
  const words = commands.flatMap((command) => ['-c', command]);
  const { status, stdout, stderr } = spawnSync(
    'qemu-io',
    ['-t', 'writeback', '--image-opts', options, ...words],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stdout + stderr);
  return { log, image, bytesAt: (at: number) => readFileSync(image)[at] };
}

test('what was flushed is there, what came after may be lost', { skip: SKIP }, async (t) => {
  const { log, image, bytesAt } = logOf(
    t,
    'write -P 1 0 4k',
    'flush',
    'write -P 2 512 512',
    'write -P 3 64k 4k',
  );
  const writes = await readWriteLog(log);
  const cutAt = writes.findIndex(({ place }) => place === 65536);
  // qemu-io flushes when it ends, which a power cut does not.
  truncateSync(log, (writes[cutAt]?.data ?? 0) + 4096);
  assert.deepEqual(await applyCut(log, image, () => false), { flushes: 1, unsafe: 2, lost: 2 });
  assert.deepEqual([bytesAt(0), bytesAt(512), bytesAt(65536)], [1, 1, 0]);
  let turn = 0;
  assert.equal((await applyCut(log, image, () => turn++ === 0)).lost, 1);
  assert.deepEqual([bytesAt(0), bytesAt(512), bytesAt(1024), bytesAt(65536)], [1, 2, 1, 0]);
});

test('a machine that flushed last loses nothing', { skip: SKIP }, async (t) => {
  const { log, image, bytesAt } = logOf(t, 'write -P 2 512 512', 'write -P 3 64k 4k', 'flush');
  assert.equal((await applyCut(log, image, () => false)).lost, 0);
  assert.deepEqual([bytesAt(512), bytesAt(65536 + 4095)], [2, 3]);
});

test('each flush is seen with what it made safe', { skip: SKIP }, async (t) => {
  const commands = ['write -P 2 0 4k', 'flush', 'write -P 3 0 4k', 'write -P 4 64k 4k', 'flush'];
  const { log, image, bytesAt } = logOf(t, ...commands);
  const seen: unknown[] = [];
  await visitFlushes(log, image, async () => seen.push([bytesAt(0), bytesAt(65536)]));
  assert.deepEqual(seen.slice(0, 2), [
    [2, 0],
    [3, 4],
  ]);
});

test('a write that was under way is not there, what came after it is', {
  skip: SKIP,
}, async (t) => {
  const commands = ['write -P 2 0 4k', 'write -P 3 64k 4k', 'write -P 4 128k 4k', 'flush'];
  const { log, image, bytesAt } = logOf(t, ...commands);
  const bytes = readFileSync(log);
  const second = (await readWriteLog(log)).find(({ place }) => place === 65536)?.data ?? 0;
  writeFileSync(log, bytes.fill(0, second - 512, second + 4096));
  await applyCut(log, image, () => false);
  assert.deepEqual([bytesAt(0), bytesAt(65536), bytesAt(131072)], [2, 0, 4]);
});

test('what is not a log, or half an entry, is reported', { skip: SKIP }, async (t) => {
  const { log, image } = logOf(t, 'write -P 2 0 4k');
  writeFileSync(log, readFileSync(log).subarray(0, 512 + 512 + 100));
  await assert.rejects(
    applyCut(log, image, () => true),
    /ends within the entry at 512/,
  );
  await assert.rejects(readWriteLog(image), /not a write log/);
});
