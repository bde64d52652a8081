import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Interfaces, ownInterfaces } from './own-interfaces.ts';

const own = (address: string) => ({
  ...{ address, netmask: '255.255.255.0', mac: '52:54:00:00:00:01', internal: false, cidr: null },
  family: 'IPv4' as const,
});

test('an address with a label belongs to its card', () => {
  const interfaces: Interfaces = {
    'eth0:1': [own('192.0.2.9')],
    eth0: [own('192.0.2.1')],
    lo: undefined,
  };
  const cards = ownInterfaces(() => interfaces);
  assert.deepEqual(Object.keys(cards), ['eth0', 'lo']);
  assert.deepEqual(
    cards.eth0?.map(({ address }) => address),
    ['192.0.2.9', '192.0.2.1'],
  );
});
