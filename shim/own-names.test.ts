import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownNames } from './own-names.ts';

test('the host name, with and without its domain, and the name of multicast DNS', () => {
  assert.deepEqual(ownNames('laptop'), ['laptop', 'laptop.local']);
  assert.deepEqual(ownNames('laptop.home.arpa'), ['laptop.home.arpa', 'laptop', 'laptop.local']);
  assert.deepEqual(ownNames('Mac.local'), ['Mac.local', 'Mac']);
  assert.deepEqual(ownNames(''), []);
});
