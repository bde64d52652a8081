import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, satisfies } from './debian-version.ts';

/** Each list is in ascending order, as dpkg --compare-versions sees it. */
const ASCENDING = [
  ['1.0~rc1', '1.0', '1.0-1', '1.0-1ubuntu1', '1.0-1ubuntu1.1', '1.0-2', '1.0.1', '1.10', '1:0.1'],
  ['5.15.0-139.149~20.04.1', '5.15.0-139.149', '5.15.0-140.150'],
  ['2.04-1ubuntu26.9', '2.04-1ubuntu26.17', '2.06-2ubuntu7', '2.06-2ubuntu14.8'],
  ['1a', '1b', '1+', '1.'],
  ['0~~', '0~~a', '0~', '0', '0a'],
];

for (const list of ASCENDING) {
  test(`${list.join(' < ')}`, () => {
    for (const [i, a] of list.entries()) {
      for (const [j, b] of list.entries()) {
        assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
      }
    }
  });
}

test('numbers are compared by value, of any length', () => {
  assert.equal(compareVersions('1.007', '1.7'), 0);
  assert.ok(compareVersions('20240101000000000001', '20240101000000000002') < 0);
});

test('the five relations, and false for an unknown one', () => {
  const holds = ['<<', '<=', '=', '>=', '>>', '~'].map((relation) => [
    satisfies('1', relation, '2'),
    satisfies('2', relation, '2'),
    satisfies('3', relation, '2'),
  ]);
  const [yes, no] = [true, false];
  assert.deepEqual(holds, [
    [yes, no, no],
    [yes, yes, no],
    [no, yes, no],
    [no, yes, yes],
    [no, no, yes],
    [no, no, no],
  ]);
});

const noDpkg = spawnSync('dpkg', ['--version']).status !== 0;

test('agrees with dpkg', { skip: noDpkg && 'no dpkg here' }, () => {
  const part = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,6}$/);
  const version = fc.oneof(
    part,
    fc.tuple(part, part).map(([upstream, revision]) => `${upstream}-${revision}`),
  );
  const ofDpkg = (a: string, relation: string, b: string) =>
    spawnSync('dpkg', ['--compare-versions', a, relation, b]).status === 0;
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.equal(compareVersions(a, b) < 0, ofDpkg(a, 'lt', b), `${a} < ${b}`);
      assert.equal(compareVersions(a, b) === 0, ofDpkg(a, 'eq', b), `${a} = ${b}`);
    }),
    { numRuns: 60 },
  );
});
