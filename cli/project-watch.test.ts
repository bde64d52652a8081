import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Watch, watchProject } from './project-watch.ts';

/** Calls that come one after the other; `next` resolves at the next one. */
function openProject(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-watch-'));
  let called = Promise.withResolvers<void>();
  const said: string[] = [];
  const onChange = async () => called.resolve();
  const watches: Watch[] = [];
  t.after(() => {
    for (const watch of watches) watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (inventory: string, media?: string) => {
    const say = (line: string) => said.push(line);
    const watch = watchProject(join(folder, inventory), onChange, say, media);
    watches.push(watch);
    return watch;
  };
  const next = async () => {
    await called.promise;
    called = Promise.withResolvers();
  };
  return { folder, said, start, next };
}

test('an overwritten, replaced or deleted inventory is a change', async (t) => {
  const { folder, start, next } = openProject(t);
  const path = join(folder, 'nodes.yaml');
  start('nodes.yaml');
  writeFileSync(path, 'a');
  await next();
  writeFileSync(`${path}.new`, 'b');
  renameSync(`${path}.new`, path);
  await next();
  rmSync(path);
  await next();
});

test('a fetch by another process is a change once it is done', async (t) => {
  const { folder, said, start, next } = openProject(t);
  const media = join(folder, 'media');
  mkdirSync(media);
  start('nodes.yaml', media);
  writeFileSync(join(media, '.verified.json'), '{}');
  await next();
  start('nodes.yaml', join(folder, 'none'));
  assert.deepEqual(said, []);
});

test('a folder that is not there yet is made, as a fetch may come later', async (t) => {
  const { folder, start, next } = openProject(t);
  const media = join(folder, 'new/media');
  start('nodes.yaml', media);
  writeFileSync(join(media, '.verified.json'), '{}');
  await next();
});

test('one that cannot be made is reported', (t) => {
  const { folder, said, start } = openProject(t);
  writeFileSync(join(folder, 'file'), '');
  const media = join(folder, 'file/media');
  start('nodes.yaml', media);
  assert.equal(said.length, 1);
  assert.ok(said[0]?.startsWith(`changes in ${media} will not be noticed: ENOTDIR`), said[0]);
});

test('a change during a call causes another one after it, never a parallel one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-watch-'));
  const ends: (() => void)[] = [];
  let begun = Promise.withResolvers<void>();
  const onChange = () => {
    begun.resolve();
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const watch = watchProject(join(folder, 'nodes.yaml'), onChange, assert.fail);
  t.after(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });
  watch.changed();
  await begun.promise;
  begun = Promise.withResolvers();
  watch.changed();
  watch.changed();
  // Longer than changes take to settle: nothing begins beside the first.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(ends.length, 1);
  ends[0]?.();
  await begun.promise;
  assert.equal(ends.length, 2);
});

test('what cannot be watched is reported once, and does not end the program', async (t) => {
  const { said, start, next } = openProject(t);
  const watch = start('gone/nodes.yaml');
  assert.equal(said.length, 1);
  assert.match(
    said[0] ?? '',
    /^changes in \S*gone will not be noticed: [\s\S]*run \.\/homepbp build/,
  );
  watch.changed();
  await next();
});
