import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { chooseAddresses } from './addresses.ts';

function own(address: string): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' };
}

const INTERFACES = {
  lo: [own('::1'), own('127.0.0.1')],
  eth0: [own('192.0.2.1'), own('2001:db8::1'), own('fe80::1')],
  down: [],
};
const chosen = (where: Parameters<typeof chooseAddresses>[0]) => chooseAddresses(where, INTERFACES);

test('default: one HTTP socket for all addresses, one TFTP socket per address, IPv4 first', async () => {
  assert.deepEqual(await chosen({}), {
    http: [],
    tftp: ['127.0.0.1', '192.0.2.1', '::1', '2001:db8::1'],
  });
});

test('a host is one address; the unspecified ones mean all', async () => {
  assert.deepEqual(await chosen({ host: '192.0.2.1' }), {
    http: ['192.0.2.1'],
    tftp: ['192.0.2.1'],
  });
  assert.deepEqual(await chosen({ host: '0.0.0.0' }), {
    http: ['0.0.0.0'],
    tftp: ['127.0.0.1', '192.0.2.1'],
  });
  assert.equal((await chosen({ host: '::' })).tftp.length, 4);
  const { http } = await chosen({ host: 'localhost' });
  assert.match(http.join(), /^(127\.0\.0\.1|::1)$/);
});

test('an interface limits the addresses', async () => {
  const both = ['192.0.2.1', '2001:db8::1'];
  assert.deepEqual(await chosen({ interface: 'eth0' }), { http: both, tftp: both });
  const one = await chosen({ interface: 'eth0', host: '192.0.2.1' });
  assert.deepEqual(one.http, ['192.0.2.1']);
});

test('a host or interface that does not exist or match is refused', async () => {
  await assert.rejects(chosen({ interface: 'eth9' }), /eth9.*\n.*eth0/);
  await assert.rejects(chosen({ interface: 'down' }), UserError);
  await assert.rejects(chosen({ interface: '__proto__' }), UserError);
  await assert.rejects(chosen({ interface: 'eth0', host: '127.0.0.1' }), UserError);
  await assert.rejects(chosen({ host: 'no such name' }), UserError);
});
