import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdersBy, sourceOf, strangerAt } from './sources.ts';

const NODE = '52-54-00-12-34-01';
const STRANGER = '52-54-00-ff-ff-01';
const MACS: Readonly<Record<string, string>> = { '192.0.2.5': NODE, '192.0.2.66': STRANGER };

const holderOf = holdersBy({
  macOf: async (client) => MACS[client] ?? null,
  isNode: (mac) => mac === NODE,
});

test('by MAC address where it is known: the inventory’s have kept places', async () => {
  assert.deepEqual(await holderOf('192.0.2.5', '192.0.2.1'), { source: NODE, isKept: true });
  assert.deepEqual(await holderOf('192.0.2.66', '192.0.2.1'), { source: STRANGER, isKept: false });
  assert.deepEqual(await holderOf('198.51.100.7', '192.0.2.1'), strangerAt('198.51.100.7'));
});

test('this computer is known at once', () => {
  for (const [client, local] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.7', '127.0.0.1'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ['192.0.2.1', '192.0.2.1'],
  ]) {
    assert.deepEqual(holderOf(client, local), { source: 'self', isKept: true }, client);
  }
});

test('a client that has gone already is nobody in particular', async () => {
  assert.deepEqual(await holderOf(undefined, undefined), strangerAt(''));
});

test('IPv6 by its /64; IPv4 and link-local by the whole address', () => {
  for (const [address, source] of [
    ['192.0.2.5', '192.0.2.5'],
    ['::ffff:192.0.2.5', '192.0.2.5'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::9', '0:0:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['', ''],
  ] as const) {
    assert.equal(sourceOf(address), source);
  }
});
