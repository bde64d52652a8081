import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGuard, isNodePath } from './guard.ts';
import type { Network } from './network.ts';

const NETWORK: Network = {
  interfaces: () => ({ eth0: [{ address: '192.168.1.10' }] }),
  neighbours: async () => [
    { interface: 'eth0', address: '192.168.1.101', mac: '52-54-00-00-00-01' },
  ],
  egress: async () => null,
};
const refusal = (name: string, client: string) =>
  createGuard(NETWORK).refusal(name, client, '192.168.1.10');

test('a machine gets its own folder, in whatever form the address is written', async () => {
  for (const folder of ['52-54-00-00-00-01', '52:54:00:00:00:01', '525400000001']) {
    assert.equal(await refusal(`nodes/${folder}/user-data`, '192.168.1.101'), null, folder);
  }
});

test('another folder is refused, with the address seen and how to fix it', async () => {
  const text = (await refusal('nodes/52-54-00-00-00-02/user-data', '192.168.1.101')) ?? '';
  assert.match(text, /52:54:00:00:00:01.*nodes\.yaml.*--guard off/);
  assert.doesNotMatch(text, /\n/);
  for (const name of ['nodes', 'nodes/x', 'nodes/52-54-00-00-00-0', 'nodes//52-54-00-00-00-01']) {
    assert.notEqual(await refusal(name, '192.168.1.101'), null, name);
  }
});

test('unknown neighbours and this computer itself are refused', async () => {
  const name = 'nodes/52-54-00-00-00-01/user-data';
  assert.match((await refusal(name, '192.168.1.102')) ?? '', /192\.168\.1\.102 is not known/);
  assert.match((await refusal(name, '::ffff:192.168.1.102')) ?? '', / of 192\.168\.1\.102 is not/);
  assert.match((await refusal(name, '127.0.0.1')) ?? '', /preview\//);
});

test('a network that cannot be asked refuses', async () => {
  const failing = { ...NETWORK, neighbours: async () => Promise.reject(new Error('no table')) };
  const asked = createGuard(failing).refusal('nodes/x', '192.168.1.101', '192.168.1.10');
  await assert.rejects(asked, /no table/);
});

test('paths in nodes/, as file systems that fold names see them', () => {
  const inside = [
    'nodes',
    'nodes/x',
    'NODES/x',
    'Nodes',
    'node\u017f/x',
    'no\u200bdes/x',
    '\uff4eodes',
  ];
  for (const name of inside) assert.equal(isNodePath(name), true, JSON.stringify(name));
  const outside = ['', 'nodesx', 'xnodes/a', 'preview/nodes', 'os/nodes/x', 'nod', 'boot.ipxe'];
  for (const name of outside) assert.equal(isNodePath(name), false, name);
});
