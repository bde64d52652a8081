import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PlaceRules, Places } from './places.ts';

/** Places for texts such as `a1`: the letter is the source (a capital one is kept for). */
function open(rules: Partial<PlaceRules<string>> = {}, busy: ReadonlySet<string> = new Set()) {
  const places = new Places<string>({
    ...{ total: 6, perSource: 4, kept: 2, cutsBusy: true },
    isIdle: (one) => !busy.has(one),
    ...rules,
  });
  const take = (one: string) => places.take(one, holderOf(one));
  const takeAll = (words: string) => words.split(' ').map(take);
  return { places, take, takeAll };
}

function holderOf(one: string) {
  const source = one.slice(0, 1);
  return { source, isKept: source === source.toUpperCase() };
}

const none = (count: number) => Array(count).fill(null);

test('at its own limit a source loses what it has not used for longest', () => {
  const { places, take, takeAll } = open({ total: 10 });
  assert.deepEqual(takeAll('a1 a2 a3 a4'), none(4));
  places.touch('a1');
  assert.equal(take('a5'), 'a2');
  assert.equal(take('a6'), 'a3');
  assert.equal(places.taken, 4);
});

test('at its own limit, with everything in use, the newcomer is refused', () => {
  const { places, take, takeAll } = open({ total: 10 }, new Set(['a1', 'a2', 'a3', 'a4']));
  takeAll('a1 a2 a3 a4');
  assert.equal(take('a5'), 'a5');
  assert.equal(places.has('a5'), false);
});

test('when strangers have all of theirs, the one with most gives way', () => {
  const { take, takeAll } = open();
  assert.deepEqual(takeAll('a1 b1 b2 b3'), none(4));
  assert.equal(take('c1'), 'b1');
});

test('idle or not, whoever has two more than the newcomer gives way; idle ones first', () => {
  const { take, takeAll } = open({}, new Set(['b1', 'b2']));
  takeAll('b1 b2 b3 a1');
  assert.equal(take('c1'), 'b3');
  assert.equal(take('d1'), 'b1');
  const polite = open({ cutsBusy: false }, new Set(['b1', 'b2', 'b3']));
  polite.takeAll('b1 b2 b3 a1');
  assert.equal(polite.take('c1'), 'a1');
});

test('nobody pushes out a source that has no more than he has', () => {
  const { take, takeAll } = open({}, new Set(['a1', 'b1', 'c1', 'd1']));
  assert.deepEqual(takeAll('a1 b1 c1 d1'), none(4));
  assert.equal(take('e1'), 'e1');
});

test('places are kept, and are not lost to strangers', () => {
  const { take, takeAll } = open({}, new Set(['a1', 'b1', 'c1', 'd1', 'K1', 'L1']));
  takeAll('a1 b1 c1 d1');
  assert.deepEqual(takeAll('K1 L1'), none(2));
  assert.equal(take('e1'), 'e1');
});

test('a holder that turns out to be another one moves', () => {
  const { places, take, takeAll } = open();
  takeAll('a1 a2 a3 b1');
  assert.equal(places.take('b1', holderOf('K')), null);
  assert.equal(take('b2'), null);
  assert.equal(places.take('K9', holderOf('a')), 'a1');
});

test('whoever leaves makes room, once', () => {
  const { places, take, takeAll } = open({}, new Set(['a1', 'b1', 'c1', 'd1']));
  takeAll('a1 b1 c1 d1');
  places.leave('a1');
  places.leave('a1');
  assert.equal(take('e1'), null);
  assert.equal(take('f1'), 'e1');
  assert.equal(places.taken, 4);
});

const step = fc.record({
  one: fc.tuple(fc.constantFrom(...'abcKL'), fc.nat({ max: 9 })).map((pair) => pair.join('')),
  what: fc.constantFrom('take', 'take', 'take', 'leave', 'touch', 'move'),
  to: fc.constantFrom(...'abcKL'),
});

test('no limit is ever exceeded, whoever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.boolean(), (steps, cutsBusy) => {
      const { places } = open({ cutsBusy, isIdle: (one) => Number(one.slice(1)) % 2 === 0 });
      const held = new Map<string, string>();
      for (const { one, what, to } of steps) {
        if (what === 'touch') places.touch(one);
        else if (what === 'leave') {
          places.leave(one);
          held.delete(one);
        } else {
          const holder = holderOf(what === 'move' ? to : one);
          const loser = places.take(one, holder);
          held.set(one, holder.source);
          if (loser !== null) held.delete(loser);
        }
        const sources = [...held.values()];
        const strangers = sources.filter((source) => source === source.toLowerCase());
        assert.equal(places.taken, held.size);
        assert.ok(held.size <= 6 && strangers.length <= 4);
        for (const each of 'abcKL') {
          assert.ok(sources.filter((source) => source === each).length <= 4);
        }
      }
    }),
  );
});
