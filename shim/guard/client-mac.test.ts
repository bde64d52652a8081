import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientMac } from './client-mac.ts';
import type { Neighbour, Network } from './network.ts';

const NODE = '52-54-00-00-00-01';
const OTHER = '52-54-00-00-00-99';

const INTERFACES = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.168.1.10' }, { address: '2001:db8::10' }, { address: 'fe80::a' }],
  eth1: [{ address: '192.168.1.11' }, { address: '10.0.0.1' }, { address: 'fe80::a' }],
};

function on(name: string, address: string, mac: string): Neighbour {
  return { interface: name, address, mac };
}

/** A network with these neighbours; its answers leave by `out`. */
function network(neighbours: readonly Neighbour[], out: string | null = null): Network {
  return {
    interfaces: () => INTERFACES,
    neighbours: async (family) =>
      neighbours.filter(({ address }) => address.includes(':') === (family === 6)),
    egress: async () => out,
  };
}

async function macOf(net: Network, client?: string, local?: string): Promise<string> {
  const seen = await clientMac(net, client, local);
  return seen.kind === 'neighbour' ? seen.mac : seen.kind;
}

test('the MAC address on the interface that owns the local address', async () => {
  const net = network([
    on('eth0', '192.168.1.101', NODE),
    on('eth1', '10.0.0.5', OTHER),
    on('eth0', '2001:db8::65', NODE),
  ]);
  assert.equal(await macOf(net, '192.168.1.101', '192.168.1.10'), NODE);
  assert.equal(await macOf(net, '10.0.0.5', '10.0.0.1'), OTHER);
  assert.equal(await macOf(net, '2001:db8::65', '2001:db8::10'), NODE);
  assert.equal(await macOf(net, '::ffff:192.168.1.101', '::ffff:192.168.1.10'), NODE, 'mapped');
});

test('no entry, an entry elsewhere only, and no addresses at all: unknown', async () => {
  const net = network([on('eth1', '192.168.1.101', NODE)]);
  assert.equal(await macOf(network([]), '192.168.1.101', '192.168.1.10'), 'unknown');
  assert.equal(await macOf(net, '192.168.1.101', '192.168.1.10'), 'unknown');
  assert.equal(await macOf(net, '192.168.1.101', '172.16.0.1'), 'unknown', 'nobody owns it');
  assert.equal(await macOf(net, undefined, '192.168.1.10'), 'unknown', 'gone already');
  assert.equal(await macOf(net, '192.168.1.101', undefined), 'unknown');
  assert.equal(await macOf(net, 'nonsense', '192.168.1.10'), 'unknown');
});

test('this computer itself, by loopback or any of its addresses', async () => {
  const net = network([on('eth0', '192.168.1.10', NODE)]);
  for (const [client, local] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.9.9.9', '127.0.0.1'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ['192.168.1.10', '192.168.1.10'],
    ['192.168.1.10', '10.0.0.1'],
  ]) {
    assert.equal(await macOf(net, client, local), 'self', client);
  }
});

test('one machine seen on two interfaces of the same segment is that machine', async () => {
  const net = network([on('eth0', '192.168.1.101', NODE), on('eth1', '192.168.1.101', NODE)]);
  assert.equal(await macOf(net, '192.168.1.101', '192.168.1.10'), NODE);
  assert.equal(await macOf(net, '192.168.1.101', '192.168.1.11'), NODE);
});

test('the same address on two segments: the answer must leave where the request arrived', async () => {
  const known = [on('eth0', '192.168.1.101', NODE), on('eth1', '192.168.1.101', OTHER)];
  const byEth0 = network(known, 'eth0');
  const byEth1 = network(known, 'eth1');
  assert.equal(await macOf(byEth0, '192.168.1.101', '192.168.1.10'), NODE);
  assert.equal(await macOf(byEth1, '192.168.1.101', '192.168.1.11'), OTHER);
  // A machine on eth1 that connects to eth0's address receives the answer: it must not pass as NODE.
  assert.equal(await macOf(byEth1, '192.168.1.101', '192.168.1.10'), 'unknown');
  assert.equal(await macOf(network(known), '192.168.1.101', '192.168.1.10'), 'unknown');
});

test('a link-local address counts on its own interface only', async () => {
  const net = network([on('eth0', 'fe80::65', NODE), on('eth1', 'fe80::65', OTHER)]);
  assert.equal(await macOf(net, 'fe80::65%eth0', 'fe80::a%eth0'), NODE);
  assert.equal(await macOf(net, 'fe80::65%eth1', 'fe80::a%eth1'), OTHER);
  assert.equal(await macOf(net, 'fe80::66%eth0', 'fe80::a%eth0'), 'unknown');
});
