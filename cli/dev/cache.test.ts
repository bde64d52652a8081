import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { foldersToWrite } from './cache.ts';

test('the cache and its parts, else the nearest folder around it', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'homepbp-cache-'));
  t.after(() => rmSync(home, { recursive: true }));
  const cache = join(home, '.cache/vite');
  assert.deepEqual(foldersToWrite(cache), [home]);
  mkdirSync(join(home, '.cache'));
  assert.deepEqual(foldersToWrite(cache), [join(home, '.cache')]);
  mkdirSync(join(cache, 'deps'), { recursive: true });
  assert.deepEqual(foldersToWrite(cache), [cache, join(cache, 'deps')]);
});
