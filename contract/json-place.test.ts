import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeOfFault, placeOfValue } from './json-place.ts';

const faults: [what: string, text: string, line: number, column: number][] = [
  ['nothing', '', 1, 1],
  ['an object that ends too early', '{"version": 1,\n "sets": [', 2, 11],
  ['a comma too many', '[1,\n2,\n]', 3, 1],
  ['a word that is none', '{"a": nul}', 1, 7],
  ['single quotes', "{'a': 1}", 1, 2],
  ['no colon', '{"a" 1}', 1, 6],
  ['something after the end', '{}\n\nx', 3, 1],
  ['a line feed in a string', '["a\nb"]', 1, 2],
  ['zeros of a torn write', '\0\0\0', 1, 1],
];

for (const [what, text, line, column] of faults) {
  test(`the place of ${what}`, () => {
    assert.deepEqual(placeOfFault(text), { line, column });
  });
}

test('endless nesting is rejected without exhausting the stack', () => {
  assert.deepEqual(placeOfFault('['.repeat(1_000_000)), { line: 1, column: 102 });
});

test('it rejects exactly what JSON.parse rejects', () => {
  const change = fc.record({ at: fc.nat(), cut: fc.nat(2), put: fc.string({ maxLength: 2 }) });
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.option(change), (json, how) => {
      const at = how === null ? 0 : how.at % json.length;
      const text = how === null ? json : json.slice(0, at) + how.put + json.slice(at + how.cut);
      assert.equal(placeOfFault(text) === null, isJson(text), text);
    }),
    { numRuns: 2000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TEXT = '{\n  "nodes": [\n    {"name": "a"},\n    {"name": "b", "macs": []}\n  ]\n}';

const values: [path: (string | number)[], line: number, column: number][] = [
  [[], 1, 1],
  [['nodes'], 2, 12],
  [['nodes', 1], 4, 5],
  [['nodes', 1, 'macs'], 4, 27],
  [['nodes', 1, 'role'], 4, 5],
  [['nodes', 7, 'role'], 2, 12],
];

for (const [path, line, column] of values) {
  test(`the place of ${JSON.stringify(path)}, or of what is around it`, () => {
    assert.deepEqual(placeOfValue(TEXT, path), { line, column });
  });
}
