import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNetworks } from './networks.ts';

const MAC = '52:54:00:00:00:01';

function card(address: string, netmask = '255.255.255.0', more = {}) {
  return { address, netmask, mac: MAC, internal: false, ...more };
}

const LOOPBACK = card('127.0.0.1', '255.0.0.0', { internal: true, mac: '00:00:00:00:00:00' });

test('one address for each network, of those that are served', () => {
  const interfaces = {
    lo: [LOOPBACK],
    eth0: [card('192.168.1.2'), card('10.0.0.2'), card('fe80::1', 'ffff::')],
    wlan0: [card('192.168.1.3')],
    eth1: [card('172.16.0.1', '255.255.0.0')],
    eth2: [card('172.16.1.1')],
  };
  const all = ['127.0.0.1', '192.168.1.2', '10.0.0.2', '192.168.1.3', '172.16.0.1', '172.16.1.1'];
  assert.deepEqual(chooseNetworks(all, interfaces), {
    offering: ['192.168.1.2', '172.16.0.1', '172.16.1.1'],
    answering: ['192.168.1.2', '10.0.0.2', '192.168.1.3', '172.16.0.1', '172.16.1.1'],
  });
  assert.deepEqual(chooseNetworks(['192.168.1.3', 'fe80::1'], interfaces), {
    offering: ['192.168.1.3'],
    answering: ['192.168.1.3'],
  });
});

test('tunnels have no broadcasts; loopback counts only if there is nothing else', () => {
  const interfaces = {
    lo: [LOOPBACK],
    tailscale0: [card('100.64.0.7', '255.255.255.255')],
    wg0: [card('10.8.0.2', '255.255.255.0', { mac: '00:00:00:00:00:00' })],
  };
  const tunnels = ['100.64.0.7', '10.8.0.2'];
  assert.deepEqual(chooseNetworks(['127.0.0.1', ...tunnels], interfaces), {
    offering: [],
    answering: tunnels,
  });
  assert.deepEqual(chooseNetworks(['127.0.0.1'], interfaces).offering, ['127.0.0.1']);
  assert.deepEqual(chooseNetworks([], interfaces), { offering: [], answering: [] });
});
