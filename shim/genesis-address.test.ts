import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressFaults } from './genesis-address.ts';

const node = (name: string, ip?: string) => ({
  ...({ name, macs: [], arch: 'amd64', role: 'agent', boot: 'live', os: 'x' } as const),
  ...(ip !== undefined && { ip }),
});

test('nothing is said where the addresses agree, or where none is fixed', () => {
  const nodes = [node('n1', '192.0.2.21/24'), node('n2')];
  assert.deepEqual(addressFaults({ nodes }, ['192.0.2.2']), []);
  assert.deepEqual(addressFaults({ nodes, genesisIp: '192.0.2.2' }, ['192.0.2.2']), []);
});

test('a genesis.ip that this computer does not have', () => {
  const [fault = '', ...others] = addressFaults({ nodes: [], genesisIp: '192.0.2.2' }, []);
  assert.match(fault, /192\.0\.2\.2 \(genesis\.ip\), which is not an address of this computer/);
  assert.deepEqual(others, []);
});

test('a node with an address of this computer', () => {
  const nodes = [node('n1', '192.0.2.21/24'), node('n2', '192.0.2.2/24')];
  const [fault = '', ...others] = addressFaults({ nodes }, ['192.0.2.21']);
  assert.match(fault, /192\.0\.2\.21, the address of n1/);
  assert.deepEqual(others, []);
});
