import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notAHost, unreachable } from './host-address.ts';

test('addresses and names that are nobody or the machine itself', () => {
  for (const host of ['0.0.0.0', '0.1.2.3', '::', '0:0:0:0:0:0:0:0'])
    assert.equal(notAHost(host), 'is not the address of any machine', host);
  for (const host of ['127.0.0.1', '127.0.0.53', 'localhost', 'a.localhost.', '::1', '0:0:0::0001'])
    assert.equal(notAHost(host), 'is, for each machine, the machine itself', host);
  for (const host of ['224.0.0.1', '239.1.2.3', 'ff02::1'])
    assert.equal(notAHost(host), 'is a multicast address, not that of a machine', host);
  assert.match(notAHost('255.255.255.255') ?? '', /broadcast/);
  assert.match(notAHost('240.0.0.1') ?? '', /reserved/);
});

test('names that begin like such addresses, and all other addresses, are hosts', () => {
  for (const host of ['0.pool.ntp.org', '127.lan', 'ffhost.lan', 'localhost.lan', 'ff.lan'])
    assert.equal(notAHost(host), null, host);
  for (const host of [
    '192.168.1.1',
    '10.0.0.1',
    '2001:db8::1',
    'fd00::1',
    '1::',
    '1::1',
    '169.254.0.1',
  ])
    assert.equal(notAHost(host), null, host);
  assert.match(unreachable('169.254.0.1') ?? '', /link-local/);
  assert.equal(unreachable('169.254.lan'), null);
});
