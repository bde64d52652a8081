import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortTree } from './output.ts';

const tree = (...paths: string[]) => sortTree(paths.map((path) => ({ path, content: '' })));

test('a tree is sorted, and each path is claimed once, also where case does not count', () => {
  assert.deepEqual(
    tree('b/x', 'a', 'B').map(({ path }) => path),
    ['B', 'a', 'b/x'],
  );
  assert.throws(() => tree('a', 'a'), /two outputs claim a/);
  assert.throws(() => tree('assets/page.js', 'assets/Page.js'), /two outputs claim/);
});

test('a path that some web server or share cannot have is refused', () => {
  for (const path of ['k3s/v1+k3s1/k3s', 'a%3a', 'a:b', 'a b', 'a?b', 'ä'])
    assert.throws(() => tree(path), /not every web server can serve/, path);
});
