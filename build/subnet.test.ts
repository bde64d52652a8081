import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contains, ipv4ToNumber, parseCidr } from './subnet.ts';

test('parseCidr takes an address with a prefix length and nothing else', () => {
  assert.deepEqual(parseCidr('192.168.1.101/24'), {
    address: '192.168.1.101',
    prefix: 24,
    first: ipv4ToNumber('192.168.1.0'),
    last: ipv4ToNumber('192.168.1.255'),
  });
  for (const wrong of [
    '',
    '10.0.0.1',
    '10.0.0.1/',
    '10.0.0.1/0',
    '10.0.0.1/33',
    '10.0.0/8',
    '10.0.0.1/08',
    '1.2.3.4/5/6',
    '::1/64',
  ]) {
    assert.equal(parseCidr(wrong), null, wrong);
  }
});

test('contains knows the ends of a subnet, also in the upper half of the address space', () => {
  const subnet = parseCidr('203.0.113.77/29');
  assert.ok(subnet);
  assert.deepEqual(
    ['203.0.113.71', '203.0.113.72', '203.0.113.79', '203.0.113.80'].map((address) =>
      contains(subnet, address),
    ),
    [false, true, true, false],
  );
});
