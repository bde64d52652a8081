// The kernels' tables, as they print them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNeighbours, parseProcArp, parseRoute } from './linux.ts';
import { parseArp, parseNdp, parseRouteGet } from './macos.ts';

test('Linux: /proc/net/arp, complete entries only', () => {
  const text = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.101    0x1         0x2         52:54:00:AB:00:01     *        eth0
192.168.1.102    0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.103    0x1         0x0         52:54:00:00:00:03     *        eth0
10.0.0.5         0x1         0x6         52:54:00:00:00:05     *        br-lan.7
10.0.0.6         0x20        0x2         80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01 *        ib0
`;
  assert.deepEqual(parseProcArp(text), [
    { address: '192.168.1.101', mac: '52-54-00-ab-00-01', interface: 'eth0' },
    { address: '10.0.0.5', mac: '52-54-00-00-00-05', interface: 'br-lan.7' },
  ]);
  assert.deepEqual(parseProcArp(''), []);
});

test('Linux: ip -j neigh show', () => {
  const entry = (dst: string, more: object) => ({ dst, dev: 'eth0', ...more });
  const lladdr = '52:54:00:00:00:01';
  const json = JSON.stringify([
    entry('2001:DB8::65', { lladdr, state: ['STALE'] }),
    entry('fe80::65', { lladdr, router: null, state: ['REACHABLE'] }),
    entry('2001:db8::66', { state: ['FAILED'] }),
    entry('2001:db8::67', { lladdr, state: ['INCOMPLETE'] }),
    entry('2001:db8::68', { lladdr: 'nonsense', state: ['STALE'] }),
    { dst: '2001:db8::69', lladdr, state: ['STALE'] },
    null,
  ]);
  const mac = '52-54-00-00-00-01';
  assert.deepEqual(parseNeighbours(json), [
    { address: '2001:db8::65', mac, interface: 'eth0' },
    { address: 'fe80::65', mac, interface: 'eth0' },
  ]);
  for (const broken of ['', '[', 'null', '{}']) assert.deepEqual(parseNeighbours(broken), []);
});

test('Linux: ip -j route get', () => {
  assert.equal(parseRoute('[{"dst":"192.168.1.101","from":"192.168.1.10","dev":"eth0"}]'), 'eth0');
  assert.equal(parseRoute('[{"dst":"9.9.9.9","gateway":"192.168.1.1","dev":"eth0"}]'), null);
  for (const broken of ['', '[]', '[{}]']) assert.equal(parseRoute(broken), null);
});

test('macOS: arp -an', () => {
  const text = `? (192.168.1.101) at 52:54:0:ab:0:1 on en0 ifscope [ethernet]
? (192.168.1.102) at (incomplete) on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
`;
  assert.deepEqual(parseArp(text), [
    { address: '192.168.1.101', mac: '52-54-00-ab-00-01', interface: 'en0' },
    { address: '224.0.0.251', mac: '01-00-5e-00-00-fb', interface: 'en0' },
  ]);
});

test('macOS: ndp -an', () => {
  const text = `Neighbor                        Linklayer Address  Netif Expire    St Flgs Prbs
fe80::65%en0                    52:54:0:0:0:1        en0 23h59m58s S
2001:db8::66                    (incomplete)         en0 permanent R
`;
  assert.deepEqual(parseNdp(text), [
    { address: 'fe80::65', mac: '52-54-00-00-00-01', interface: 'en0' },
  ]);
});

test('macOS: route -n get', () => {
  const direct = '   route to: 192.168.1.101\ndestination: 192.168.1.101\n  interface: en0\n';
  assert.equal(parseRouteGet(direct), 'en0');
  assert.equal(parseRouteGet(`${direct}    gateway: 192.168.1.1\n`), null);
  assert.equal(parseRouteGet(''), null);
});
