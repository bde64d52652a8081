// Differences of values by key path, of lists by element, and of texts inside them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { change } from './change.ts';
import { textChangesAt } from './content.ts';
import { valueChanges } from './values.ts';

const PATH = 'nodes/52-54-00-12-34-01';

describe('values differ', () => {
  test('not by the order of keys', () => {
    assert.deepEqual(
      valueChanges('', { a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 }),
      [],
    );
  });
  test('by key path', () => {
    assert.deepEqual(
      valueChanges('', { a: { b: 1, 'x y': 'o', gone: true } }, { a: { b: '1', 'x y': 'n' } }),
      [
        change('value', 'a.b', ['1'], ['"1"']),
        change('value', 'a["x y"]', ['"o"'], ['"n"']),
        change('value', 'a.gone', ['true'], []),
      ],
    );
  });
  test('by a key that every object inherits', () => {
    const after = JSON.parse('{"__proto__": 1, "toString": 2}');
    assert.deepEqual(
      valueChanges('', {}, after).map(({ at }) => at),
      ['__proto__', 'toString'],
    );
  });
  test('by the items of a list', () => {
    assert.deepEqual(valueChanges('k', ['a', 'b', 'c'], ['a', 'x', 'c', 'd']), [
      change('items', 'k', ['"b"'], ['"x"']),
      change('items', 'k', [], ['"d"']),
    ]);
  });
  test('by the items that names tell apart, wherever they stand', () => {
    const [one, two] = [{ path: '/1', mode: 'r' }, { path: '/2' }];
    assert.deepEqual(valueChanges('f', [one, two], [two, { ...one, mode: 'w' }, { path: '/3' }]), [
      change('value', 'f[/1].mode', ['"r"'], ['"w"']),
      change('value', 'f[/3]', [], ['{"path":"/3"}']),
      change('order', 'f', ['/1', '/2'], ['/2', '/1']),
    ]);
  });
  test('by the keys of JSON and cloud-config inside a text', () => {
    assert.deepEqual(valueChanges('c', '{"a": 1,\n"b": 2}\n', '{"a": 3,\n"b": 2}\n'), [
      change('value', 'c.a', ['1'], ['3']),
    ]);
    assert.deepEqual(valueChanges('c', '#cloud-config\na: 1\n', '#cloud-config\na: 3\n'), [
      change('value', 'c.a', ['1'], ['3']),
    ]);
  });
  test('by the lines of any other text', () => {
    assert.deepEqual(valueChanges('c', 'a\nb\nc\n', 'a\nB\nc\n'), [
      change('items', 'c', ['b'], ['B']),
    ]);
  });
});

describe('texts differ', () => {
  test('an iPXE script by line, its kernel line by word, comments only alone', () => {
    const script = (name: string, words: string) =>
      `#!ipxe\n# ${name}\necho ${name}\nkernel k a=1 ${words} || goto failed\nboot\n`;
    assert.deepEqual(
      textChangesAt(`${PATH}/boot.ipxe`, script('a', 'quiet c=1'), script('b', 'c=2')),
      [
        change('items', null, ['echo a'], ['echo b']),
        change('items', 'kernel line', ['quiet', 'c=1'], ['c=2']),
      ],
    );
    assert.deepEqual(textChangesAt('boot.ipxe', '#!ipxe\n# a\n', '#!ipxe\n# b\n'), [
      change('items', null, ['# a'], ['# b']),
    ]);
  });
  test('a removed kernel line is shown as a line', () => {
    assert.deepEqual(textChangesAt('boot.ipxe', '#!ipxe\nkernel k\nboot\n', '#!ipxe\nboot\n'), [
      change('items', null, ['kernel k'], []),
    ]);
  });
  test('YAML by value; by line if only comments differ or it is invalid', () => {
    const at = `${PATH}/user-data`;
    assert.deepEqual(textChangesAt(at, 'a: 1\n', 'a: "1"\n'), [
      change('value', 'a', ['1'], ['"1"']),
    ]);
    assert.deepEqual(textChangesAt(at, 'a: 1 # x\n', 'a: 1 # y\n'), [
      change('items', null, ['a: 1 # x'], ['a: 1 # y']),
    ]);
    assert.deepEqual(textChangesAt(at, 'a: [\n', 'a: 1\n'), [
      change('items', null, ['a: ['], ['a: 1']),
    ]);
  });
});
