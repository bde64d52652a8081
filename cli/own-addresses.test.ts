import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachableAt } from './own-addresses.ts';

/** An interface's address as os.networkInterfaces shows it. */
function face(cidr: string, internal = false) {
  const [address = ''] = cidr.split('/');
  const own = { address, netmask: '', mac: '', internal, cidr };
  return address.includes(':')
    ? { ...own, family: 'IPv6' as const, scopeid: 0 }
    : { ...own, family: 'IPv4' as const };
}

const LOOPBACK = [face('127.0.0.1/8', true), face('::1/128', true)];
const LAPTOP = {
  lo: LOOPBACK,
  eth0: [face('192.168.1.10/24'), face('fe80::1/64'), face('2001:db8::10/64')],
  wlan0: [face('10.0.0.7/24')],
  docker0: [face('172.17.0.1/16')],
};
const ALL = { host: '0.0.0.0', port: 8080 };

test('every real address, neither loopback nor those of containers', () => {
  assert.deepEqual(reachableAt(ALL, {}, LAPTOP), ['192.168.1.10', '10.0.0.7']);
  assert.deepEqual(reachableAt({ ...ALL, host: '::' }, { host: '::' }, LAPTOP), [
    '192.168.1.10',
    '10.0.0.7',
  ]);
});

test('only those that are served', () => {
  const at = (host: string) => reachableAt({ host, port: 80 }, { host }, LAPTOP);
  assert.deepEqual(at('10.0.0.7'), ['10.0.0.7']);
  assert.deepEqual(at('::ffff:10.0.0.7'), ['10.0.0.7']);
  assert.deepEqual([at('127.0.0.1'), at('::1'), at('::ffff:127.0.0.1')], [[], [], []]);
  const named = { host: '10.0.0.7', port: 80 };
  assert.deepEqual(reachableAt(named, { interface: 'wlan0' }, LAPTOP), ['10.0.0.7']);
  assert.deepEqual(reachableAt(ALL, { interface: 'gone' }, LAPTOP), []);
});

test('of a card, those with a label too; of a label, only its own', () => {
  const labelled = { eth0: [face('192.168.1.10/24')], 'eth0:1': [face('192.168.1.11/24')] };
  const at = (name: string) => reachableAt(ALL, { interface: name }, labelled);
  assert.deepEqual(at('eth0'), ['192.168.1.10', '192.168.1.11']);
  assert.deepEqual(at('eth0:1'), ['192.168.1.11']);
});

test('what there is, where there is nothing better', () => {
  const container = { lo: LOOPBACK, docker0: [face('172.17.0.1/16')] };
  assert.deepEqual(reachableAt(ALL, {}, container), ['172.17.0.1']);
  const modern = { lo: LOOPBACK, eth0: [face('fe80::1/64'), face('2001:db8::10/64')] };
  assert.deepEqual(reachableAt(ALL, {}, modern), ['2001:db8::10']);
  assert.deepEqual(reachableAt(ALL, {}, { lo: LOOPBACK }), []);
});
