import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePlainHttp } from './plain-http.ts';
import { CHECKED_BY, type Mirrors, PUBLISHERS } from './sources/source.ts';

const NAMES = Object.keys(PUBLISHERS) as (keyof Mirrors)[];

test('over http, what only TLS protects is refused with the reason, and the rest is noted', () => {
  const refused = NAMES.filter((name) => {
    try {
      assert.match(
        judgePlainHttp(name, 'http://nas.lan/x') ?? '',
        /is not encrypted: .* checked by/,
      );
      return false;
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      assert.match(
        message,
        /^--mirror \w+=http:\/\/nas\.lan\/x: refused.* no signature.*\n {2}hint/,
      );
      return true;
    }
  });
  assert.deepEqual(refused, ['packageFiles', 'k3s', 'k3sChannels', 'github']);
});

test('https, and this computer itself, need no word', () => {
  for (const name of NAMES) {
    for (const host of [
      'https://nas.lan',
      'http://127.0.0.1:80',
      'http://[::1]',
      'http://localhost',
    ])
      assert.equal(judgePlainHttp(name, `${host}/x`), null);
  }
});

test('a host that only looks like this computer is none', () => {
  for (const host of ['127.0.0.1.evil.example', 'localhost.lan', '128.0.0.1'])
    assert.throws(() => judgePlainHttp('k3s', `http://${host}/`), /refused/);
});

test('of our own publishers, those that only TLS protects are asked over https', () => {
  for (const name of NAMES.filter((one) => CHECKED_BY[one] === 'tls'))
    assert.match(PUBLISHERS[name], /^https:/, name);
});
