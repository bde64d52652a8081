// The address that a node keeps, on real cards: a node and its neighbour on a switch, each a network
// namespace, and real ARP between them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const SKIP =
  process.platform === 'linux' && process.getuid?.() === 0
    ? false
    : 'needs root on Linux, for namespaces';
const PAYLOAD = join(import.meta.dirname, '../..');
const NEIGHBOUR_MAC = '52:54:00:77:00:02';

/** What the agent does about its address, and what it then has. */
const SETTLE = `
import json, sys
from join.shell import interfaces, node_ip, paths
paths.NODE_IP = sys.argv[1]
cards, _ = interfaces.read_cards()
found = node_ip.settle(None, cards, node_ip.user_of, node_ip.add_address)
print(json.dumps({'found': found, 'has': [str(card.address) for card in interfaces.read_cards()[0]]}))
`;

interface Settled {
  /** The address, and what is wrong. */
  readonly found: [string | null, string | null];
  readonly has: string[];
}

let networks = 0;

/** A node whose lease is 10.66.0.5, with a neighbour that has no address yet. */
function openNetwork(t: TestContext) {
  const name = `hpbip${process.pid}x${networks++}`;
  const [node, neighbour] = [`${name}n`, `${name}o`];
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-node-ip-'));
  const ip = (words: string) => execFileSync('ip', words.split(' '), { encoding: 'utf8' });
  t.after(() => {
    for (const one of [node, neighbour]) ip(`netns delete ${one}`);
    rmSync(folder, { recursive: true });
  });
  for (const one of [node, neighbour]) ip(`netns add ${one}`);
  ip(`link add lan netns ${node} type veth peer name lan netns ${neighbour}`);
  ip(`-n ${neighbour} link set lan address ${NEIGHBOUR_MAC} up`);
  ip(`-n ${node} link set lan up`);
  const file = join(folder, 'node-ip.json');
  return {
    file,
    neighbour: (words: string) => ip(`-n ${neighbour} ${words}`),
    /** The node's only address from now on. */
    lease(cidr: string) {
      ip(`-n ${node} addr flush dev lan`);
      ip(`-n ${node} addr add ${cidr} dev lan`);
    },
    node: (words: string) => ip(`-n ${node} ${words}`),
    settle(): Settled {
      const words = ['netns', 'exec', node, 'python3', '-B', '-c', SETTLE, file];
      const options = { cwd: PAYLOAD, encoding: 'utf8', timeout: 20_000, stdio: 'pipe' } as const;
      return JSON.parse(execFileSync('ip', words, options));
    },
  };
}

test('the first lease is kept, and another one only reported', { skip: SKIP }, (t) => {
  const network = openNetwork(t);
  network.lease('10.66.0.5/24');
  assert.deepEqual(network.settle().found, ['10.66.0.5', null]);
  assert.equal(JSON.parse(readFileSync(network.file, 'utf8')).node_ip, '10.66.0.5');
  network.lease('10.66.0.77/24');
  const { found, has } = network.settle();
  assert.equal(found[0], '10.66.0.5');
  assert.match(
    found[1] ?? '',
    /^the network gave 10\.66\.0\.77, but k3s knows this node as 10\.66/,
  );
  assert.deepEqual(has.sort(), ['10.66.0.5/24', '10.66.0.77/24']);
  assert.deepEqual(network.settle().found, ['10.66.0.5', null], 'it is there now');
});

test('a kept address that a neighbour uses is left to it', { skip: SKIP }, (t) => {
  const network = openNetwork(t);
  network.lease('10.66.0.5/24');
  network.settle();
  network.lease('10.66.0.77/24');
  network.neighbour('addr add 10.66.0.5/24 dev lan');
  const { found, has } = network.settle();
  assert.equal(found[0], null);
  assert.match(found[1] ?? '', new RegExp(`which the machine ${NEIGHBOUR_MAC} now uses`));
  assert.deepEqual(has, ['10.66.0.77/24']);
  network.neighbour('addr del 10.66.0.5/24 dev lan');
  assert.equal(network.settle().found[0], '10.66.0.5', 'once it is free again');
});

test('on another network, and without any, there is no address', { skip: SKIP }, (t) => {
  const network = openNetwork(t);
  network.node('addr flush dev lan');
  assert.deepEqual(network.settle().found, [null, 'this node has no IPv4 address yet']);
  assert.ok(!existsSync(network.file));
  network.lease('10.66.0.5/24');
  network.settle();
  network.lease('10.99.0.5/24');
  assert.match(network.settle().found[1] ?? '', /no card is on that network any more/);
});
