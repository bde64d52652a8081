import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sending } from '../http/hooks.ts';
import type { TftpEvent } from '../tftp/events.ts';
import { MacCache } from './mac-cache.ts';
import { Observer } from './observer.ts';
import type { AskedForFile, Sighting } from './sighting.ts';

const NODE = '52-54-00-12-34-01';
const STRANGER = '52-54-00-ff-ff-01';
const MACS: Readonly<Record<string, string>> = { '192.0.2.5': NODE, '192.0.2.66': STRANGER };
const LOCAL = '192.0.2.1';
const KERNEL = 'os/24.04-amd64/vmlinuz';

/** An observer of a network with one node and one stranger, at second `clock.now` / 1000. */
function trial({ isGuarded = true } = {}) {
  const seen: Sighting[] = [];
  const clock = { now: 1000 };
  const macs = new MacCache(
    async (client) => {
      const mac = MACS[client];
      return mac === undefined ? { kind: 'unknown' } : { kind: 'neighbour', mac };
    },
    () => clock.now,
  );
  const observer = new Observer({
    macs,
    isNode: (mac) => mac === NODE,
    isGuarded,
    see: (sighting) => seen.push(sighting),
    now: () => clock.now,
  });
  return { observer, seen, clock };
}

/** Resolves once everything waiting for the kernel's answer has it. */
const settled = () => new Promise(setImmediate);

function sending(name: string, sent = () => 0, part: Partial<Sending> = {}): Sending {
  return {
    client: '192.0.2.5',
    local: LOCAL,
    name,
    start: 0,
    length: 100,
    size: 100,
    sent,
    ...part,
  };
}

const files = (seen: readonly Sighting[]) =>
  seen
    .filter((sighting): sighting is AskedForFile => sighting.kind === 'file')
    .map(({ state, position, at }) => [state, position, at]);

test('a download from its first byte to its last', async () => {
  const { observer, seen, clock } = trial();
  let sent = 0;
  const ended = observer.began(sending(KERNEL, () => sent));
  await settled();
  sent = 40;
  clock.now = 2000;
  observer.progress();
  observer.progress();
  // Headers are counted too: never more than the file has.
  sent = 140;
  clock.now = 3000;
  observer.progress();
  ended(true);
  await settled();
  observer.progress();
  assert.deepEqual(files(seen), [
    ['begun', 0, 1000],
    ['running', 40, 2000],
    ['running', 100, 3000],
    ['whole', 100, 3000],
  ]);
  const { at: _, position: __, state: ___, ...first } = seen[0] as AskedForFile;
  assert.deepEqual(first, {
    kind: 'file',
    mac: NODE,
    address: '192.0.2.5',
    path: KERNEL,
    size: 100,
  });
});

test('a download that is cut off has got what was sent of it', async () => {
  const { observer, seen } = trial();
  const range = { start: 200, length: 50, size: 300 };
  const ended = observer.began(sending(KERNEL, () => 30, range));
  ended(false);
  await settled();
  assert.deepEqual(files(seen), [
    ['begun', 200, 1000],
    ['cut', 230, 1000],
  ]);
});

test('a download that ends before its machine is known still begins and ends', async () => {
  const { observer, seen, clock } = trial();
  const ended = observer.began(sending('boot.ipxe'));
  clock.now = 1500;
  ended(true);
  clock.now = 9000;
  await settled();
  assert.deepEqual(files(seen), [
    ['begun', 0, 1000],
    ['whole', 100, 1500],
  ]);
});

test('what is not part of a boot, or of an unknown machine, is not seen', async () => {
  const { observer, seen } = trial();
  for (const name of [
    'index.html',
    'assets/page.js',
    'inventory.json',
    `preview/${NODE}/user-data`,
  ])
    observer.began(sending(name))(true);
  observer.began(sending(KERNEL, () => 0, { client: '198.51.100.7' }))(true);
  await settled();
  observer.progress();
  assert.deepEqual(seen, []);
});

test('a stranger is seen while it boots by network, not when it downloads what it likes', async () => {
  const { observer, seen } = trial();
  const from = { client: '192.0.2.66' };
  observer.began(sending(KERNEL, () => 0, from))(true);
  await settled();
  assert.deepEqual(seen, []);
  observer.began(sending('boot.ipxe', () => 0, from))(true);
  await settled();
  assert.deepEqual(
    seen.map(({ mac }) => mac),
    [STRANGER, STRANGER],
  );
});

test('a client that got files from nodes/ is that node, whatever the kernel says about its address', async () => {
  const { observer, seen } = trial();
  const from = { client: '198.51.100.7' };
  observer.began(sending(`nodes/${NODE}/boot.ipxe`, () => 0, from))(true);
  observer.began(sending(KERNEL, () => 0, from))(true);
  await settled();
  assert.deepEqual(new Set(seen.map(({ mac }) => mac)), new Set([NODE]));
  assert.equal(seen.length, 4);
});

test('without a guard, a client that the kernel does not know as the node only claims to be it', async () => {
  const { observer, seen } = trial({ isGuarded: false });
  const script = `nodes/${NODE}/boot.ipxe`;
  for (const [name, client] of [
    [script, '198.51.100.7'],
    [KERNEL, '198.51.100.7'],
    [script, '192.0.2.66'],
    [script, '192.0.2.66'],
    [script, '192.0.2.5'],
    [KERNEL, '192.0.2.5'],
  ] as const) {
    observer.began(sending(name, () => 0, { client }));
    await settled();
  }
  assert.deepEqual(
    seen.map((one) => [one.mac, one.kind === 'file' && one.doubt]),
    [...Array(4).fill([NODE, 'claim']), [NODE, undefined], [NODE, undefined]],
  );
});

const transfer = (part: object): TftpEvent =>
  ({
    kind: 'transfer',
    outcome: 'complete',
    client: { address: '192.0.2.5', port: 2000 },
    server: LOCAL,
    file: 'undionly.kpxe',
    size: 70_000,
    ...part,
  }) as TftpEvent;

test('a TFTP transfer, whole or given up; a size that was only asked for is a start', async () => {
  for (const [outcome, state, position, doubt] of [
    ['complete', 'whole', 70_000, undefined],
    ['aborted', 'cut', 0, 'packet'],
    ['probed', 'cut', 0, 'packet'],
  ] as const) {
    const { observer, seen } = trial();
    observer.tftp(transfer({ outcome }));
    await settled();
    assert.deepEqual(files(seen), [
      ['begun', 0, 1000],
      [state, position, 1000],
    ]);
    assert.equal((seen[0] as AskedForFile).path, 'tftp/undionly.kpxe');
    assert.equal((seen[0] as AskedForFile).doubt, doubt);
  }
});

test('a transfer that nobody answered may have a forged sender', async () => {
  const { observer, seen } = trial();
  observer.tftp(transfer({ outcome: 'timeout' }));
  observer.tftp(transfer({ client: { address: '198.51.100.7', port: 2000 } }));
  // And one that doctor made, on whatever computer, is no boot.
  observer.tftp(transfer({ outcome: 'complete', isDoctor: true }));
  await settled();
  assert.deepEqual(seen, []);
});

test('a question by DHCP has its MAC address in it', () => {
  const { observer, seen } = trial();
  observer.dhcp({ mac: '52:54:00:12:34:01', isIpxe: false, archs: [7] });
  observer.dhcp({ mac: 'nonsense', isIpxe: false, archs: [7] });
  assert.deepEqual(seen, [
    { kind: 'dhcp', mac: NODE, address: null, at: 1000, isIpxe: false, archs: [7] },
  ]);
});
