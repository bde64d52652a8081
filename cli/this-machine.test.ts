import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networksOf } from './this-machine.ts';

/** An interface as os.networkInterfaces shows it. */
function face(cidr: string, family: 'IPv4' | 'IPv6' = 'IPv4', internal = false) {
  const [address = ''] = cidr.split('/');
  const own = { address, netmask: '', mac: '', internal, cidr };
  return family === 'IPv4' ? { ...own, family } : { ...own, family, scopeid: 0 };
}

// proc_net(5): the first row is the heading, 0101A8C0 is 192.168.1.1.
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF
wlan0\t0002A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF
`;

test('networks are those of real interfaces, each with the router of its default route', () => {
  const interfaces = {
    lo: [face('127.0.0.1/8', 'IPv4', true)],
    eth0: [face('192.168.1.10/24'), face('fe80::1/64', 'IPv6')],
    wlan0: [face('192.168.2.10/24')],
    docker0: [face('172.17.0.1/16')],
    'br-12ab': [face('172.18.0.1/16')],
    wg0: [face('10.9.0.2/24')],
  };
  assert.deepEqual(networksOf(interfaces, ROUTES), [
    { name: 'eth0', cidr: '192.168.1.10/24', gateway: '192.168.1.1' },
    { name: 'wlan0', cidr: '192.168.2.10/24', gateway: null },
  ]);
});

test('without a routing table, routers are unknown', () => {
  const networks = networksOf({ en0: [face('192.168.1.10/24')] }, '');
  assert.deepEqual(networks, [{ name: 'en0', cidr: '192.168.1.10/24', gateway: null }]);
});
