import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quickStart } from './readme.ts';

test('commands are taken from the quick start alone, without comments', () => {
  const readme =
    '# X\n\n```sh\nno\n```\n\n## Quick start\n\n```sh\na --b   # why\n# by hand\nc # d\n```\n\n```sh\nno\n```\n';
  assert.deepEqual(quickStart(readme), ['a --b', 'c']);
});

test('README has one', () => {
  assert.ok(quickStart().includes('./homepbp init'));
});
