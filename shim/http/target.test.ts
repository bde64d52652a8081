import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HttpFault } from './http-errors.ts';
import { requestedName } from './target.ts';

const isFault = (status: number) => (error: unknown) =>
  error instanceof HttpFault && error.status === status;

test('paths are decoded once and lose their query', () => {
  const cases = {
    '/': '',
    '/?x=1': '',
    '/boot.ipxe': 'boot.ipxe',
    '/boot.ipxe?mac=1#x': 'boot.ipxe',
    '/k3s/v1.30.1+k3s1/k3s-amd64': 'k3s/v1.30.1+k3s1/k3s-amd64',
    '/k3s/v1.30.1%2Bk3s1/k3s-amd64': 'k3s/v1.30.1+k3s1/k3s-amd64',
    '/f%C3%BCnke%20%23.txt': 'fünke #.txt',
    '/a%252fb': 'a%2fb',
    '/a%2Fb': 'a/b',
    '/a%3Fb?c': 'a?b',
    '//a': '/a',
    'http://192.0.2.1:8080/a?b': 'a',
    'http://192.0.2.1': '',
  };
  for (const [target, name] of Object.entries(cases)) {
    assert.equal(requestedName(target, '192.0.2.1', []), name, target);
  }
});

test('a path that cannot be decoded, and a target without one, is refused', () => {
  for (const target of ['/%', '/%zz', '/%c3', '/%ff', '*', 'a', '']) {
    assert.throws(() => requestedName(target, 'localhost', []), isFault(400), target);
  }
});

test('IP addresses, localhost and configured names are this host', () => {
  for (const host of [
    undefined,
    '192.0.2.1',
    '192.0.2.1:8080',
    '[2001:db8::1]',
    '[::1]:8080',
    'localhost',
    'LocalHost:80',
    'localhost.',
    'nas.lan',
    'NAS.lan:8080',
    'nas.lan.',
  ]) {
    assert.equal(requestedName('/a', host, ['nas.lan']), 'a', host);
  }
});

test('any other name gets 421, in Host or in the target', () => {
  for (const host of [
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '192.0.2.1.evil.example',
    'user@192.0.2.1',
    '[evil]',
    '[::1',
    '[::1]x',
    '1.2.3',
    '0x7f.1',
    '2130706433',
    'xnas.lan',
  ]) {
    assert.throws(() => requestedName('/a', host, ['nas.lan']), isFault(421), host);
  }
  const absolute = 'http://evil.example/a';
  assert.throws(() => requestedName(absolute, '192.0.2.1', []), isFault(421));
});

test('any input gives a name or an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (target, host) => {
      try {
        return typeof requestedName(target, host, ['']) === 'string';
      } catch (error) {
        return error instanceof HttpFault;
      }
    }),
  );
  assert.throws(() => requestedName('/a', '', ['']), isFault(421), 'no name is no name');
});
