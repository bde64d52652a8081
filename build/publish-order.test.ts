import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishRank } from './publish-order.ts';

test('files come before those that refer to them', () => {
  const paths = [
    '.build.json',
    'os/20.04-amd64/vmlinuz',
    'cluster/addon.yaml',
    'nodes/52-54-00-12-34-01/user-data',
    'nodes/52-54-00-12-34-01/boot.ipxe',
    'tftp/boot.ipxe',
    'manifest.json',
  ];
  const ranks = paths.map(publishRank);
  assert.deepEqual(ranks, [0, 1, 2, 3, 4, 5, 6]);
});

test('folders rank as what is in them', () => {
  const rank = (path: string) => publishRank(path);
  assert.equal(rank('os'), rank('os/x'));
  assert.equal(rank('nodes'), rank('nodes/a/user-data'));
  assert.equal(rank('tftp'), rank('boot.ipxe'));
  assert.equal(rank('k3s'), rank('os'));
  assert.equal(rank('nodesets'), rank('index.html'));
  assert.ok(rank('unknown.ipxe') > rank('nodes'));
});
