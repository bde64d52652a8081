import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withLock } from '../../durable/lock.ts';
import { openPublished } from './published.ts';

test('no set is lost when others write to the same folder', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-published-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const shims = Array.from({ length: 4 }, () => openPublished(folder));
  const names = Array.from({ length: 20 }, (_, at) => `node-${at}`);
  await Promise.all(
    names.map((name, at) => shims[at % shims.length]?.add([{ epoch: 1, servers: [name] }])),
  );
  const { sets } = JSON.parse(readFileSync(join(folder, 'published.json'), 'utf8'));
  const found = sets.flatMap(({ servers }: { servers: string[] }) => servers);
  assert.deepEqual(found.sort(), names.sort());
  assert.deepEqual(readdirSync(folder).toSorted(), ['.published.lock', 'published.json']);
});

test('another process that keeps the lock is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-published-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const lock = join(folder, '.published.lock');
  const add = () => openPublished(folder, 0).add([{ epoch: 1, servers: ['one'] }]);
  await withLock(lock, { wait: 0, refused: () => new Error('not ours') }, () =>
    assert.rejects(add, {
      name: 'UserError',
      message: `Genesis cannot write ${folder}/published.json: another process has it locked (process ${process.pid}); stop it`,
    }),
  );
  await add();
});
