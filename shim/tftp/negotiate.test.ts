import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bounds, blksizeLimit, negotiate } from './negotiate.ts';

const bounds: Bounds = {
  maxBlksize: 65_464,
  maxWindowsize: 64,
  maxWindowBytes: 8 * 1024 * 1024,
  size: 1000,
};

function ask(asked: Readonly<Record<string, string>>, changed: Partial<Bounds> = {}) {
  const options = Object.entries(asked).map(([name, value]) => ({ name, value }));
  return negotiate(options, { ...bounds, ...changed });
}

/** The OACK as `name=value …`. */
function granted(asked: Readonly<Record<string, string>>, changed: Partial<Bounds> = {}) {
  return ask(asked, changed)
    ?.granted.map(({ name, value }) => `${name}=${value}`)
    .join(' ');
}

test('no options: RFC 1350 as it was', () => {
  assert.deepEqual(ask({}), { blksize: 512, windowsize: 1, timeoutMs: null, granted: [] });
});

test('all options, granted in the order and the case asked', () => {
  const asked = { TSIZE: '0', blkSize: '1468', windowsize: '4', timeout: '3' };
  assert.equal(granted(asked), 'TSIZE=1000 blkSize=1468 windowsize=4 timeout=3');
  const terms = ask(asked);
  assert.deepEqual([terms?.blksize, terms?.windowsize, terms?.timeoutMs], [1468, 4, 3000]);
});

test('values that are too large are reduced', () => {
  assert.equal(granted({ blksize: '65464' }, { maxBlksize: 1468 }), 'blksize=1468');
  assert.equal(granted({ blksize: '99999999' }), 'blksize=65464');
  assert.equal(granted({ windowsize: '65535' }), 'windowsize=64');
  assert.equal(ask({ windowsize: '65535' })?.windowsize, 64);
});

test('a window is bounded in bytes too, by the block size granted', () => {
  const asked = { windowsize: '64', blksize: '65464' };
  assert.equal(granted(asked, { maxWindowBytes: 200_000 }), 'windowsize=3 blksize=65464');
  assert.equal(granted(asked, { maxWindowBytes: 1 }), 'windowsize=1 blksize=65464');
});

const unfit = [
  ['blksize', '0'],
  ['blksize', '7'],
  ['blksize', '-1'],
  ['blksize', '1e3'],
  ['blksize', ''],
  ['blksize', ' 512'],
  ['blksize', '9'.repeat(400)],
  ['windowsize', '0'],
  ['windowsize', '65536'],
  ['timeout', '0'],
  ['timeout', '256'],
  ['tsize', 'x'],
  ['multicast', ''],
  ['__proto__', '8'],
] as const;
for (const [name, value] of unfit) {
  test(`left out: ${name} = '${value.slice(0, 20)}'`, () => {
    const terms = negotiate([{ name, value }], bounds);
    assert.deepEqual(terms, { blksize: 512, windowsize: 1, timeoutMs: null, granted: [] });
  });
}

test('an unknown size is not granted', () => {
  assert.equal(granted({ tsize: '0', blksize: '1000' }, { size: null }), 'blksize=1000');
});

test('an option given twice, in whatever case, is refused', () => {
  const options = [
    { name: 'blksize', value: '512' },
    { name: 'BLKSIZE', value: '1024' },
  ];
  assert.equal(negotiate(options, bounds), null);
});

test('no block is granted that does not fit into one packet of the link', () => {
  const onLink = (mtu: number | null, overIpv6 = false) =>
    granted({ blksize: '65464' }, { maxBlksize: blksizeLimit(1468, mtu, overIpv6) });
  assert.equal(onLink(1400), 'blksize=1368');
  assert.equal(onLink(1400, true), 'blksize=1348');
  for (const mtu of [null, 1500, 9000, 65_536]) assert.equal(onLink(mtu), 'blksize=1468');
  assert.equal(onLink(null, true), 'blksize=1448');
  assert.equal(onLink(10), 'blksize=8');
  const smaller = { maxBlksize: blksizeLimit(1468, 1400, false) };
  assert.equal(granted({ blksize: '1024' }, smaller), 'blksize=1024');
});
