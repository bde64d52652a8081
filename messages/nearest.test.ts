import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const KNOWN = ['inventory', 'host', 'http-port', 'https', 'ip'];

test('a misspelt word is taken for the closest one', () => {
  assert.equal(nearest('inventroy', KNOWN), 'inventory');
  assert.equal(nearest('HOSTS', KNOWN), 'host');
  assert.equal(nearest('elephant', KNOWN), undefined);
});

test('the beginning of one word is enough', () => {
  assert.equal(nearest('inv', KNOWN), 'inventory');
  assert.equal(nearest('ht', ['http-port']), undefined);
  assert.equal(nearest('http-', KNOWN), 'https');
  assert.equal(nearest('htt', ['http-port', 'http-host']), undefined);
});

test('a synonym means what is known of it', () => {
  const synonyms = { address: ['ip', 'host'], file: 'inventory' };
  assert.equal(nearest('Address', KNOWN, synonyms), 'ip');
  assert.equal(nearest('address', ['host'], synonyms), 'host');
  assert.equal(nearest('file', ['other'], synonyms), undefined);
  assert.equal(nearest('constructor', KNOWN, synonyms), undefined);
});
