import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, scriptLast } from './commit.ts';

test('files come before those that refer to them', () => {
  const names = [
    'manifest.json',
    '.build.json',
    'boot.ipxe',
    'tftp',
    'nodes',
    'preview',
    'k3s',
    'os',
    'dhcp',
  ];
  const order = inOrder(names);
  const isBefore = (one: string, two: string) => order.indexOf(one) < order.indexOf(two);
  for (const media of ['os', 'k3s']) assert.ok(isBefore(media, 'nodes'));
  for (const script of ['boot.ipxe', 'tftp']) assert.ok(isBefore('nodes', script));
  assert.equal(order[0], '.build.json');
  assert.equal(order.at(-1), 'manifest.json');
});

test("a node's script comes after the files that it refers to", () => {
  const names = ['boot.ipxe', 'meta-data', 'network-config', 'user-data', 'vendor-data'];
  assert.deepEqual(scriptLast(names), [...names.slice(1), 'boot.ipxe']);
});
