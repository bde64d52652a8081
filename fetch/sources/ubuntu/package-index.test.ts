import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closureOf, indexPackages } from './package-index.ts';

function paragraph(name: string, version: string, fields = ''): string {
  return `Package: ${name}\nVersion: ${version}\nFilename: pool/main/x/${name}_${version}_amd64.deb\nSize: 1\nSHA256: ${'a'.repeat(64)}\n${fields}`;
}

function index(...paragraphs: string[]) {
  return indexPackages([paragraphs.join('\n\n')]);
}

function closure(roots: string[], installed: Record<string, string>, ...paragraphs: string[]) {
  const { packages, missing } = closureOf(
    roots,
    index(...paragraphs),
    new Map(Object.entries(installed)),
  );
  return { names: packages.map(({ name }) => name), missing };
}

test('the newest of a name counts, whichever pocket has it', () => {
  const packages = indexPackages([
    paragraph('grub', '2.06-2ubuntu7'),
    `${paragraph('grub', '2.06-2ubuntu14.8')}\n\n${paragraph('grub', '2.06-2ubuntu14')}`,
  ]);
  assert.equal(packages.newest('grub')?.version, '2.06-2ubuntu14.8');
  assert.equal(packages.exactly('grub', '2.06-2ubuntu14')?.version, '2.06-2ubuntu14');
  assert.equal(packages.newest('none'), undefined);
});

test('a package whose path leads out of the pool, or that lacks its hash, is ignored', () => {
  const out = paragraph('a', '1').replace('pool/main/x', 'pool/../../etc');
  const bare = paragraph('b', '1').replace(/SHA256.*/, '');
  assert.equal(index(out).newest('a'), undefined);
  assert.equal(index(bare).newest('b'), undefined);
});

test('what is installed is enough, unless it is too old', () => {
  const packages = [paragraph('a', '1', 'Depends: b (>= 2)'), paragraph('b', '3')];
  assert.deepEqual(closure(['a'], { b: '2' }, ...packages).names, ['a']);
  assert.deepEqual(closure(['a'], { b: '1' }, ...packages).names, ['a', 'b']);
  assert.deepEqual(closure(['a'], { a: '1', b: '1' }, ...packages).names, []);
});

test('alternatives: an installed one, else the first available', () => {
  const packages = [paragraph('a', '1', 'Depends: x | y (>= 2) | z'), paragraph('z', '1')];
  assert.deepEqual(closure(['a'], { y: '2' }, ...packages).names, ['a']);
  assert.deepEqual(closure(['a'], { y: '1' }, ...packages).names, ['a', 'z']);
});

test('virtual packages, installed or not', () => {
  const packages = [
    paragraph('a', '1', 'Pre-Depends: virtual'),
    paragraph('real', '1', 'Provides: other, virtual (= 2)'),
  ];
  assert.deepEqual(closure(['a'], { real: '1' }, ...packages).names, ['a']);
  assert.deepEqual(closure(['a'], {}, ...packages).names, ['a', 'real']);
});

test('cycles end, and architecture qualifiers are ignored', () => {
  const packages = [
    paragraph('a', '1', 'Depends: b:any'),
    paragraph('b', '1', 'Depends: a (= 1), c'),
  ];
  assert.deepEqual(closure(['a'], {}, ...packages), { names: ['a', 'b'], missing: ['b: c'] });
});

test('a root that is not in the index is reported missing', () => {
  assert.deepEqual(closure(['grub-pc-bin'], {}), { names: [], missing: ['grub-pc-bin'] });
});
