import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ClusterLock,
  checkPublished,
  foundingSets,
  type LockChange,
  nextLock,
  readClusterLock,
  warnNeverInstalled,
} from './cluster-lock.ts';
import { formatFaults } from './faults.ts';
import { parseInventory } from './inventory.ts';
import { serversOf } from './plan.ts';

const EMPTY: ClusterLock = { version: 1, token: null, epochs: {}, macs: {} };
const servers = (...names: string[]) =>
  new Map(names.map((name) => [name, [`52-54-00-00-00-0${name.charCodeAt(0) - 97}`]]));

const change = (names: string[], more: Partial<LockChange> = {}): LockChange => ({
  epoch: 1,
  servers: servers(...names),
  published: [],
  publishesNow: false,
  founded: false,
  neverBooted: false,
  fingerprint: 'print',
  ...more,
});

describe('nextLock', () => {
  test('a build alone publishes nothing: no machine has seen it', () => {
    assert.deepEqual(nextLock(EMPTY, change(['a'])), { ...EMPTY, token: 'print' });
  });

  test('a set counts when a machine fetched its seed, or when we would not hear of it', () => {
    const seen = nextLock(
      EMPTY,
      change(['b', 'a'], { published: [{ epoch: 1, servers: ['a', 'b'] }] }),
    );
    const sent = nextLock(EMPTY, change(['b', 'a'], { publishesNow: true }));
    assert.deepEqual(seen.epochs, { 1: [['a', 'b']] });
    assert.deepEqual(seen, sent);
    assert.deepEqual(Object.keys(seen.macs), ['a', 'b']);
  });

  test('a server may have the name of an inherited property', () => {
    const name = 'constructor';
    const lock = nextLock(EMPTY, change([name], { publishesNow: true }));
    assert.deepEqual(Object.entries(lock.macs), [[name, ['52-54-00-00-00-02']]]);
    assert.deepEqual(nextLock(lock, change([name], { publishesNow: true })), lock);
  });

  test('the same set is kept once, another one beside it', () => {
    const one = nextLock(EMPTY, change(['a'], { publishesNow: true }));
    assert.deepEqual(nextLock(one, change(['a'], { publishesNow: true })), one);
    const two = nextLock(one, change(['a', 'b', 'c'], { publishesNow: true }));
    assert.deepEqual(two.epochs, { 1: [['a'], ['a', 'b', 'c']] });
  });

  test("a published server's card is remembered even after it is gone from the file", () => {
    const one = nextLock(EMPTY, change(['a', 'b'], { publishesNow: true }));
    const published = [{ epoch: 1, servers: ['a', 'b'] }];
    assert.deepEqual(nextLock(one, change(['a'], { published })).macs, one.macs);
  });

  test('founded clears the sets but not who was published', () => {
    const one = nextLock(EMPTY, change(['a', 'b'], { publishesNow: true }));
    const two = nextLock(one, change(['a', 'b'], { publishesNow: true, founded: true }));
    assert.deepEqual(two.epochs, {});
    assert.deepEqual(Object.keys(two.macs), ['a', 'b']);
  });

  test('--never-booted forgets everything and takes the new token', () => {
    const one = nextLock(EMPTY, change(['a'], { publishesNow: true }));
    const two = nextLock(
      one,
      change(['b'], {
        neverBooted: true,
        fingerprint: 'new',
        published: [{ epoch: 1, servers: ['a'] }],
      }),
    );
    assert.deepEqual(two, { ...EMPTY, token: 'new' });
  });
});

describe('foundingSets', () => {
  const lock = { ...EMPTY, epochs: { 1: [['a'], ['a', 'x']], 2: [['b', 'x']], 3: [['z']] } };

  test('keeps the sets of this epoch and of older ones less the abandoned, and adds the own', () => {
    assert.deepEqual(foundingSets(lock, 2, servers('b', 'c'), ['x']), [
      ['a'],
      ['b', 'x'],
      ['b', 'c'],
    ]);
  });

  test('an inventory without servers has none of its own', () => {
    assert.deepEqual(foundingSets(EMPTY, 1, servers(), []), []);
  });
});

describe('a published server', () => {
  const lock = nextLock(EMPTY, change(['a', 'b', 'c'], { publishesNow: true }));
  const faultsOf = (nodes: string) => {
    const source = { name: 'nodes.yaml', text: `nodes:\n${nodes}` };
    const inventory = parseInventory(source);
    return formatFaults(source, checkPublished(inventory, lock, serversOf(inventory.document)));
  };
  const node = (name: string, more = '', mac = name) =>
    `  - { name: ${name}, mac: 52-54-00-00-00-0${mac.charCodeAt(0) - 97}${more} }\n`;

  test('may stay, and be joined by others', () => {
    assert.equal(faultsOf(node('a') + node('b') + node('c') + node('d')), '');
  });

  test('cannot vanish', () => {
    assert.match(
      faultsOf(node('a') + node('b')),
      /^nodes\.yaml:2:3: machines may already know server c/,
    );
  });

  test('cannot be renamed: its MAC address identifies it', () => {
    assert.match(
      faultsOf(node('a') + node('b') + node('d', '', 'c')),
      /4:13: d was published as c:[\s\S]*'name: c'/,
    );
  });

  test('cannot become an agent', () => {
    assert.match(
      faultsOf(node('a') + node('b') + node('c', ', role: agent')),
      /c was published as a server/,
    );
  });

  test("may be 'removed: true', or abandoned", () => {
    assert.equal(faultsOf(node('a') + node('b') + node('c', ', removed: true')), '');
    const abandoned = `${node('a')}${node('b')}cluster: { founding: { epoch: 2, abandon: [c] } }\n`;
    assert.equal(faultsOf(abandoned), '');
  });

  test('may boot from disk; one that was never installed causes a warning', () => {
    const text = `nodes:\n${node('a', ', boot: local')}${node('z', ', boot: local', 'f')}`;
    const inventory = parseInventory({ name: 'nodes.yaml', text });
    const warnings = formatFaults(inventory.source, warnNeverInstalled(inventory, lock));
    assert.match(warnings, /^nodes\.yaml:3:46: z has 'boot: local' but was never installed/);
    assert.doesNotMatch(warnings, /: a is/);
  });
});

test('a damaged lock is an error that says so', () => {
  assert.throws(
    () => readClusterLock('cluster.lock.json', () => '{"version": 2}'),
    /^UserError: cluster\.lock\.json:1:13: another version of HomePBP wrote this: version is not 1\n {2}hint: restore/,
  );
  assert.throws(() => readClusterLock('cluster.lock.json', () => 'x'), /:1:1: the file is damaged/);
  assert.deepEqual(
    readClusterLock('cluster.lock.json', () => null),
    EMPTY,
  );
});
