import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClosed } from './closed.ts';

const ROOT = '/home/anna/nodes/homepbp/web';
const CLOSED = [
  '/home/anna/nodes/homepbp/secrets',
  '/home/anna/nodes/homepbp/dist',
  `${ROOT}/nodes`,
];
const closed = (url: string) => isClosed(url, ROOT, CLOSED);

test('every path to a closed folder is refused', () => {
  for (const url of [
    '/nodes/52-54-00-12-34-01/user-data',
    '//nodes/x',
    '/./nodes/x',
    '/NODES/x',
    '/nodes%2fx',
    '/%6eodes/x?raw',
    '/%256eodes/x',
    '/..%5csecrets%5ctoken',
    '/../secrets/token',
    '/a/../../secrets/token?import&raw',
    '/%2e%2e/secrets/token',
    '/@fs/home/anna/nodes/homepbp/secrets/token',
    '/@fs//home/anna/nodes/homepbp/secrets/token?raw??',
    '/@fs/home/anna/nodes/homepbp/web/../secrets/token?url',
    '/@fs/home/anna/nodes/homepbp/dist/nodes/x/user-data#x',
    '/@id/home/anna/nodes/homepbp/secrets/token',
    '/@id//@fs/home/anna/nodes/homepbp/secrets/token',
    '/file:///home/anna/nodes/homepbp/secrets/token',
    '/@fs/%ff',
    '/%25252525256eodes',
  ]) {
    assert.ok(closed(url), url);
  }
});

test('the page, its sources and previews are open', () => {
  for (const url of [
    '/',
    '/main.tsx?t=1',
    '/@vite/client',
    '/preview/52-54-00-12-34-01/user-data',
    '/inventory.json',
    '/@fs/home/anna/nodes/homepbp/contract/paths.ts',
    '/nodesx',
  ]) {
    assert.ok(!closed(url), url);
  }
});
