import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  completeAnswers,
  exampleAddress,
  parseNode,
  proposeGateway,
  type Suggestions,
} from './init-answers.ts';

const MACHINE: Suggestions = {
  networks: [{ name: 'eth0', cidr: '192.168.1.10/24', gateway: '192.168.1.254' }],
  usualKeys: 1,
  otherKeys: [],
};
const DHCP = { name: 'a', mac: ['52:54:00:00:00:01'] };
const FIXED = { ...DHCP, ip: '192.168.1.101/24' };

test('--node is a name, a MAC address and perhaps an address', () => {
  assert.deepEqual(parseNode('a=52:54:00:00:00:01'), { ...DHCP, ip: undefined });
  assert.deepEqual(parseNode('a=52:54:00:00:00:01=192.168.1.101/24'), FIXED);
  for (const wrong of ['', 'a', 'a=', '=b', 'a=b=', 'a=b=c=d']) {
    assert.throws(() => parseNode(wrong), /--node takes NAME=MAC\[=IP\/PREFIX\]/, wrong);
  }
});

test('the proposed router is that of this machine, else the first host of the subnet', () => {
  assert.equal(proposeGateway([DHCP, FIXED], MACHINE), '192.168.1.254');
  const elsewhere = (ip: string) => proposeGateway([{ ...DHCP, ip }], MACHINE);
  assert.equal(elsewhere('10.1.2.3/16'), '10.1.0.1');
  assert.equal(elsewhere('10.1.0.1/16'), null, 'it is the node itself');
  assert.equal(elsewhere('10.1.0.0/31'), null);
  assert.equal(elsewhere('nonsense'), null);
  assert.equal(proposeGateway([DHCP], MACHINE), null);
});

test('the address shown as an example is in the network of this machine', () => {
  assert.equal(exampleAddress(MACHINE), '192.168.1.101/24');
  const networks = [{ name: 'eth0', cidr: '10.7.3.2/16', gateway: null }];
  assert.equal(exampleAddress({ ...MACHINE, networks }), '10.7.0.101/16');
  assert.equal(exampleAddress({ ...MACHINE, networks: [] }), '192.168.1.101/24');
});

describe('answers without a question', () => {
  test('use the flags, and defaults for the rest', () => {
    const answers = completeAnswers({ nodes: [DHCP], release: '22.04' }, MACHINE, false);
    const { release, cluster, genesisIp, keys, gateway, dns } = answers;
    assert.deepEqual(
      [release, cluster, genesisIp, keys, gateway, dns],
      ['22.04', 'home', 'auto', 'auto', undefined, []],
    );
  });

  test('guess a router only if allowed; the router is the name server', () => {
    assert.throws(
      () => completeAnswers({ nodes: [FIXED] }, MACHINE, false),
      /not interactive; pass these flags:\n {2}--gateway .* --yes uses 192\.168\.1\.254$/,
    );
    const { gateway, dns } = completeAnswers({ nodes: [FIXED] }, MACHINE, true);
    assert.deepEqual([gateway, dns], ['192.168.1.254', ['192.168.1.254']]);
    const given = completeAnswers({ nodes: [FIXED], gateway: '192.168.1.1' }, MACHINE, false);
    assert.deepEqual([given.gateway, given.dns], ['192.168.1.1', ['192.168.1.1']]);
    const none = completeAnswers({ nodes: [FIXED], gateway: 'none' }, MACHINE, true);
    assert.deepEqual([none.gateway, none.dns], [undefined, []]);
  });

  test('name every flag that is missing', () => {
    const bare = { networks: [], usualKeys: 0, otherKeys: [] };
    assert.throws(() => completeAnswers({}, bare, true), /\n {2}--node .*\n {2}--key /);
    const odd = { ...bare, otherKeys: ['~/.ssh/work.pub'] };
    assert.throws(() => completeAnswers({ nodes: [DHCP] }, odd, false), /\n {2}--key /);
    assert.deepEqual(completeAnswers({ nodes: [DHCP] }, odd, true).keys, ['~/.ssh/work.pub']);
  });
});
