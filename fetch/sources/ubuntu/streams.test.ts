import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildOf, parseIndex, parseProducts, serialsOf } from './streams.ts';

const WANTED = { release: '24.04', arch: 'amd64', kernel: 'ga-24.04' };
const NAME = 'com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04';
const HASH = 'a'.repeat(64);

function item(ftype: string, path = `noble/amd64/20250716/${ftype}`) {
  return { ftype, path, size: 7, sha256: HASH };
}

const ITEMS = {
  'boot-initrd': item('boot-initrd'),
  'boot-kernel': item('boot-kernel'),
  manifest: item('manifest'),
  squashfs: item('squashfs'),
};

function products(versions: Record<string, { items: object }>, name = NAME) {
  const product = { arch: 'amd64', version: '24.04', release: 'noble', versions };
  const document = { format: 'products:1.0', products: { [name]: product } };
  return parseProducts(JSON.stringify(document)).products;
}

function index(entries: object): string {
  return JSON.stringify({ format: 'index:1.0', index: entries });
}

test('the index leads to the signed list of boot images, among others', () => {
  const boot = {
    format: 'products:1.0',
    path: 'streams/v1/com.ubuntu.maas:stable:v3:download.sjson',
  };
  const other = { path: 'streams/v1/other.sjson' };
  const entries = {
    'com.ubuntu.maas:stable:1:bootloader-download': other,
    'com.ubuntu.maas:stable:centos-bases-download': other,
    'com.ubuntu.maas:stable:v3:download': boot,
  };
  assert.equal(parseIndex(index(entries)).productsPath, boot.path);
});

test('a path to the unsigned list is turned to the signed one', () => {
  const entries = { 'com.ubuntu.maas:v3:download': { path: 'streams/v1/x.json' } };
  assert.equal(parseIndex(index(entries)).productsPath, 'streams/v1/x.sjson');
});

test('an index without boot images, or an invalid one', () => {
  assert.throws(() => parseIndex(index({})), /does not list any boot images/);
  assert.throws(() => parseIndex('{"format":"products:1.0"}'));
});

test('a build has its four files', () => {
  const build = buildOf(products({ '20250716': { items: ITEMS } }), WANTED, '20250716');
  assert.equal(build?.kernel.path, 'noble/amd64/20250716/boot-kernel');
  assert.equal(build?.manifest.ftype, 'manifest');
});

test('the manifest under its longer name', () => {
  const { manifest: _, ...rest } = ITEMS;
  const items = { ...rest, 'squashfs.manifest': item('squashfs.manifest') };
  const build = buildOf(products({ '20250716': { items } }), WANTED, '20250716');
  assert.equal(build?.manifest.ftype, 'squashfs.manifest');
});

test('fields that all items share may be on their version', () => {
  const items = Object.fromEntries(
    Object.entries(ITEMS).map(([name, { size: _, ...rest }]) => [name, rest]),
  );
  const version = { items, size: 7 };
  assert.equal(buildOf(products({ '1': version }), WANTED, '1')?.kernel.size, 7);
});

test('a build that lacks a file, or has a bad one, is not offered', () => {
  const { squashfs: _, ...lacking } = ITEMS;
  const found = products({
    '20250716': { items: ITEMS },
    '20250717': { items: lacking },
    '20250718': { items: { ...ITEMS, squashfs: item('squashfs', '../../etc/passwd') } },
    '20250719': { items: { ...ITEMS, squashfs: { ...ITEMS.squashfs, sha256: 'x' } } },
  });
  assert.deepEqual(serialsOf(found, WANTED), ['20250716']);
});

test('serials are ordered by day, then by build of that day', () => {
  const builds = ['20250716', '20250716.10', '20250716.9', '20251001', '20241231'];
  const found = products(Object.fromEntries(builds.map((one) => [one, { items: ITEMS }])));
  assert.deepEqual(serialsOf(found, WANTED), [
    '20251001',
    '20250716.10',
    '20250716.9',
    '20250716',
    '20241231',
  ]);
});

test('another flavour of a kernel is another product', () => {
  const found = products({ '20250716': { items: ITEMS } }, `${NAME}-lowlatency`);
  assert.deepEqual(serialsOf(found, WANTED), []);
});

test('both documents say when they were written, or nothing', () => {
  const updated = 'Fri, 12 Apr 2013 19:44:12 +0000';
  const entries = { 'com.ubuntu.maas:v3:download': { path: 'x.sjson' } };
  const read = (more: object) => [
    parseIndex(JSON.stringify({ format: 'index:1.0', index: entries, ...more })).date,
    parseProducts(JSON.stringify({ format: 'products:1.0', products: {}, ...more })).date,
  ];
  const date = new Date('2013-04-12T19:44:12Z');
  assert.deepEqual(read({ updated }), [date, date]);
  assert.deepEqual(read({}), [null, null]);
});
