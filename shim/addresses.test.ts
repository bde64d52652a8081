import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { openAddresses } from './addresses.ts';
import type { Interfaces } from './own-interfaces.ts';

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
type Where = Parameters<typeof openAddresses>[0];

/** A computer whose interfaces and names a test can change. */
function computer(interfaces: Interfaces = INTERFACES, names: Record<string, string> = {}) {
  const now = { interfaces, names };
  const resolve = async (host: string) => {
    const address = now.names[host];
    if (address === undefined) throw new Error('ENOTFOUND');
    return address;
  };
  const open = (where: Where) =>
    openAddresses(where, { interfaces: () => now.interfaces, resolve });
  return { now, open };
}

const chosen = async (where: Where) => (await computer().open(where)).first;

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
  const named = await computer(INTERFACES, { here: '192.0.2.1' }).open({ host: 'here' });
  assert.deepEqual([named.resolved, named.first.http], ['192.0.2.1', ['192.0.2.1']]);
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

test('an interface has the addresses of its labels; a label only its own', async () => {
  const labelled = { eth0: [own('192.0.2.1')], 'eth0:1': [own('192.0.2.9')] };
  const first = async (name: string) => (await computer(labelled).open({ interface: name })).first;
  assert.deepEqual((await first('eth0')).tftp, ['192.0.2.1', '192.0.2.9']);
  assert.deepEqual((await first('eth0:1')).tftp, ['192.0.2.9']);
});

test('later: all addresses, or those of an interface, which may have none for a while', async () => {
  const { now, open } = computer({ eth0: [own('192.0.2.1')] });
  const [all, one] = [await open({}), await open({ interface: 'eth0' })];
  now.interfaces = { eth0: [own('192.0.2.7')], wlan0: [own('198.51.100.7')] };
  assert.deepEqual(await all.look(), { http: [], tftp: ['192.0.2.7', '198.51.100.7'] });
  assert.deepEqual(await one.look(), { http: ['192.0.2.7'], tftp: ['192.0.2.7'] });
  now.interfaces = {};
  assert.deepEqual(await all.look(), { http: [], tftp: [] });
  assert.deepEqual(await one.look(), { http: null, tftp: [] });
});

test('later: a host that is gone has no address until it is back', async () => {
  const { now, open } = computer({ eth0: [own('192.0.2.1')] });
  const { look } = await open({ host: '192.0.2.1' });
  now.interfaces = { eth0: [own('192.0.2.7')] };
  assert.deepEqual(await look(), { http: null, tftp: [] });
  now.interfaces = { eth0: [own('192.0.2.1')] };
  assert.deepEqual(await look(), { http: ['192.0.2.1'], tftp: ['192.0.2.1'] });
});

test('later: an address that can be bound but is never listed stays', async () => {
  const { look } = await computer().open({ host: '127.0.0.2' });
  assert.deepEqual((await look()).tftp, ['127.0.0.2']);
});

test('later: a name is asked for again once its address is gone', async () => {
  const { now, open } = computer({ eth0: [own('192.0.2.1')] }, { here: '192.0.2.1' });
  const { look } = await open({ host: 'here' });
  now.interfaces = { eth0: [own('192.0.2.7')] };
  now.names = {};
  assert.deepEqual(await look(), { http: null, tftp: [] });
  now.names = { here: '192.0.2.7' };
  assert.deepEqual(await look(), { http: ['192.0.2.7'], tftp: ['192.0.2.7'] });
});
