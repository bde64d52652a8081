// What the demo says of a computer, before it starts anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Host, needsOf, needsText, packagesFor } from './needs.ts';
import { describe } from './system.ts';

const STAND_IN = { kind: 'stand-in' } as const;
const UBUNTU = { kind: 'fetched', release: '24.04', kernel: 'ga', k3s: 'stable' } as const;
const GB = 1_000_000_000;

const GOOD: Host = {
  isRoot: true,
  missing: [],
  isDebian12: true,
  hasTun: true,
  whyEmulated: null,
  memory: 32 * GB,
  room: 100 * GB,
  hasImage: true,
};

function marked(host: Partial<Host>, machines = 3): string[] {
  const needs = needsOf(machines, STAND_IN, { ...GOOD, ...host });
  return needs.filter(({ state }) => state !== 'ok').map(({ state, text }) => `${state}: ${text}`);
}

test('a good computer lacks nothing', () => {
  assert.deepEqual(marked({}), []);
});

test('everything that is missing is said at once, with what to do', () => {
  const host = { isRoot: false, missing: ['ovmf', 'lz4'], hasTun: false, memory: GB, room: GB };
  const said = marked(host).join('\n');
  assert.match(said, /sudo \.\/homepbp demo/);
  assert.match(said, /apt-get install ovmf lz4/);
  assert.match(said, /modprobe tun/);
  assert.match(said, /RAM: 7\.0 GB for 3 machines; 1\.0 GB are free; .*--machines/);
  assert.match(said, /disk: 3\.0 GB; 1\.0 GB are free; .*--folder/);
  assert.equal(marked(host).length, 5);
});

test('RAM and room are those of as many machines', () => {
  assert.deepEqual(marked({ memory: 3 * GB, room: 1.5 * GB }, 1), []);
  assert.equal(marked({ memory: 3 * GB, room: 1.5 * GB }, 2).length, 2);
});

test('without KVM, or without the image, it is slow and starts all the same', () => {
  assert.match(marked({ whyEmulated: 'no /dev/kvm' }).join(), /^slow: no KVM \(no \/dev\/kvm\)/);
  const said = marked({ hasImage: false, room: 4 * GB });
  assert.match(said.join('\n'), /missing: disk: 5\.0 GB.*\nslow: the tests' image/s);
});

test('the stand-in needs Debian 12 and the programs to make the image; Ubuntu does not', () => {
  assert.match(marked({ isDebian12: false }).join(), /missing: Debian 12.*run \.\/homepbp fetch/);
  const size = { memory: 11 * GB, room: 20 * GB };
  const host = { ...GOOD, ...size, isDebian12: false, hasImage: false };
  assert.ok(needsOf(3, UBUNTU, host).every(({ state }) => state === 'ok'));
  const packages = (system: typeof UBUNTU | typeof STAND_IN) =>
    packagesFor(system).map(([name]) => name);
  assert.ok(packages(STAND_IN).includes('mmdebstrap'));
  assert.ok(!packages(UBUNTU).includes('mmdebstrap'));
});

test('what runs is said in words', () => {
  assert.match(describe(UBUNTU), /Ubuntu 24\.04 and k3s \(stable\)/);
  assert.match(describe(STAND_IN), /stand-in for k3s.*\.\/homepbp fetch/);
  const [first = ''] = needsText(needsOf(1, STAND_IN, { ...GOOD, isRoot: false })).split('\n');
  assert.match(first, /^ {2}missing root, /);
});
