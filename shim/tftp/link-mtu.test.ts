import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestRoute, linkMtu, parseRoutes } from './link-mtu.ts';

/** A computer with a LAN, a tunnel with a network behind it, and two ways out. */
const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0102A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
wg0	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
wg0	0001000A	00000000	0001	0	0	0	00FFFFFF	1280	0	0
*	0002000A	00000000	0201	0	0	0	00FFFFFF	0	0	0
`;

const own = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4') => ({
  ...{ address, netmask: '', mac: '', internal: false, cidr: null },
  ...(family === 'IPv4' ? { family } : { family, scopeid: 0 }),
});

/** @param files by path; any other cannot be read */
function mtuTo(client: string, server: string, files: Record<string, string>) {
  const interfaces = () => ({ eth0: [own('192.168.1.2'), own('2001:db8::2', 'IPv6')] });
  return linkMtu({ interfaces, read: async (path) => files[path] ?? '' })(client, server);
}

const SYSTEM = {
  '/proc/net/route': ROUTES,
  '/sys/class/net/eth0/mtu': '1500\n',
  '/sys/class/net/wg0/mtu': '1420\n',
};

test('the longest prefix wins, then the lowest metric; a rejecting route is none', () => {
  const card = (client: string) => bestRoute(parseRoutes(ROUTES), client)?.card;
  assert.equal(card('192.168.1.77'), 'eth0');
  assert.equal(card('10.9.9.9'), 'wg0');
  assert.equal(card('10.0.2.1'), 'wg0');
  assert.equal(card('203.0.113.1'), 'eth0');
});

test('the MTU of the card by which the client is reached, whichever of our addresses it asked', async () => {
  assert.equal(await mtuTo('192.168.1.77', '192.168.1.2', SYSTEM), 1500);
  assert.equal(await mtuTo('10.9.9.9', '192.168.1.2', SYSTEM), 1420);
});

test('a route may have a smaller MTU than its card', async () => {
  assert.equal(await mtuTo('10.0.1.1', '192.168.1.2', SYSTEM), 1280);
});

test('without a route, and over IPv6: that of the card with the address that was asked', async () => {
  const { '/proc/net/route': _, ...noRoutes } = SYSTEM;
  assert.equal(await mtuTo('192.168.1.77', '192.168.1.2', noRoutes), 1500);
  assert.equal(await mtuTo('2001:db8::9', '2001:db8::2', SYSTEM), 1500);
});

test('unknown where the system does not say', async () => {
  assert.equal(await mtuTo('192.168.1.77', '192.168.1.2', {}), null);
  assert.equal(await mtuTo('192.168.1.77', '198.51.100.2', {}), null);
});
