import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPrefix } from './missing-prefix.ts';

const NODES = { nodes: [{ ip: '10.0.0.2/23' }, { ip: '10.0.1.3' }, 'odd', null] };

test("an address gets the prefix of its mask, of another node's subnet, or of a home network", () => {
  assert.equal(withPrefix('10.0.1.3', NODES), '10.0.1.3/23');
  assert.equal(withPrefix('10.0.1.3/255.255.254.0', {}), '10.0.1.3/23');
  assert.equal(withPrefix('10.0.1.3/255.255.255.255', {}), '10.0.1.3/32');
  assert.equal(
    withPrefix('192.168.1.3', { network: { gateway: '192.168.1.1' } }),
    '192.168.1.3/24',
  );
  assert.equal(
    withPrefix('192.168.1.3', { defaults: { gateway: '192.168.1.1' } }),
    '192.168.1.3/24',
  );
});

test('nothing is proposed where nothing suggests it', () => {
  for (const [address, document] of [
    ['10.0.9.9', NODES],
    ['10.0.1.3/255.0.255.0', {}],
    ['10.0.1.3/0.0.0.0', {}],
    ['10.0.1.3/33', NODES],
    ['10.0.1.3/24/1', NODES],
    ['fd00::5', NODES],
    ['192.168.1.3', { network: { gateway: '192.168.2.1' }, nodes: {} }],
    ['192.168.1.3', null],
  ] as const)
    assert.equal(withPrefix(address, document), undefined, address);
});
