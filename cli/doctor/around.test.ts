// What lies around: neighbours, firewalls, the tree itself; and how a finding is printed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryFile, InventoryNode } from '../../contract/inventory.ts';
import { checkTree } from './built-tree.ts';
import { fault, findingText, ok } from './finding.ts';
import { checkFirewall } from './firewall.ts';
import { fixOfRefusal } from './may-not-read.ts';
import { checkNeighbours } from './neighbours.ts';

const NODE = '52-54-00-12-34-01';
const node: InventoryNode = {
  ...{ name: 'k8s-node01', macs: [NODE], arch: 'amd64', role: 'server', boot: 'live' },
  os: '24.04-amd64',
};
const inventory: InventoryFile = {
  ...{ version: 1, httpPort: 8080, cluster: 'home', nodes: [node] },
  founding: { epoch: 1, servers: ['k8s-node01'], founded: false },
};
const neighbour = (mac: string, address: string) => ({ mac, address, interface: 'eth0' });

test('several addresses behind one MAC address, a node or not', () => {
  assert.deepEqual(checkNeighbours([neighbour(NODE, '192.0.2.1')], [node]), [
    ok('no neighbour has several IP addresses'),
  ]);
  const other = '52-54-00-ff-ff-01';
  const found = checkNeighbours(
    [
      ...[neighbour(NODE, '192.0.2.1'), neighbour(NODE, '192.0.2.2')],
      ...[neighbour(other, '192.0.2.3'), neighbour(other, '192.0.2.4')],
    ],
    [node],
  );
  assert.deepEqual(
    found.map(({ state }) => state),
    ['note', 'note'],
  );
  assert.match(found[0]?.what ?? '', /^k8s-node01 \(52:54:00:12:34:01\) has 2 IP addresses: /);
  assert.match(
    found[1]?.what ?? '',
    /^52:54:00:ff:ff:01 has 2 IP addresses: 192\.0\.2\.3, 192\.0\.2\.4$/,
  );
});

test('a firewall that is active, with the command that lets machines in', async () => {
  const active = async (program: string) => (program === 'ufw' ? 'Status: active\n' : '');
  const [found] = await checkFirewall(8080, active);
  assert.equal(found?.state, 'note');
  assert.match(found?.fix ?? '', /sudo ufw allow 8080\/tcp; .*69\/udp/);
  const firewalld = async (program: string) => (program === 'firewall-cmd' ? 'running\n' : '');
  assert.match((await checkFirewall(80, firewalld))[0]?.fix ?? '', /--add-port=80\/tcp/);
  const none = await checkFirewall(8080, async () => 'Status: inactive\nnot running\n');
  assert.deepEqual(
    none.map(({ state }) => state),
    ['ok'],
  );
});

test('SELinux is named where it can be the cause', () => {
  const here = { isHere: true };
  assert.match(
    fixOfRefusal(403, here, () => true),
    /chcon -R -t httpd_sys_content_t/,
  );
  assert.doesNotMatch(
    fixOfRefusal(403, here, () => false),
    /SELinux/,
  );
  assert.match(
    fixOfRefusal(403, { isHere: false }, () => false),
    /where SELinux is enforcing/,
  );
  assert.doesNotMatch(
    fixOfRefusal(401, here, () => true),
    /SELinux/,
  );
});

test('a tree that lacks what its nodes boot', () => {
  const whole = [
    ...['boot.ipxe', 'tftp/undionly.kpxe', 'tftp/snponly.efi', `nodes/${NODE}/boot.ipxe`],
    ...['vmlinuz', 'initrd', 'rootfs.squashfs'].map((name) => `os/24.04-amd64/${name}`),
  ];
  const check = (paths: readonly string[]) =>
    checkTree(inventory, Object.fromEntries(paths.map((path) => [path, { size: 1 }])))
      .filter(({ state }) => state !== 'ok')
      .map(({ what }) => what);
  assert.deepEqual(check(whole), []);
  for (const path of whole) {
    const [what, ...others] = check(whole.filter((other) => other !== path));
    assert.deepEqual(others, [], path);
    assert.match(
      what ?? '',
      new RegExp(path.startsWith('nodes') ? 'k8s-node01' : path.replace(/^.*\//, '')),
    );
  }
});

test('a finding is one line and its fix another, whatever text the network sent', () => {
  assert.equal(findingText(ok('fine')), 'ok    fine\n');
  const text = findingText(fault('file \x1b[2J\n\u202e', 'fix it'));
  assert.match(text, /^ERROR file [^\n\x1b\u202e]*\n {6}fix: fix it\n$/);
});
