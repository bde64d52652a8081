import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Challenges } from './challenges.ts';

function open() {
  const clock = { now: 1_234.5 };
  return { clock, challenges: new Challenges(() => clock.now) };
}

test('a challenge is answered once, within five minutes', () => {
  const { clock, challenges } = open();
  const [one, two] = [challenges.make(), challenges.make()];
  assert.match(one, /^[0-9a-f]{32}$/);
  assert.notEqual(one, two);
  assert.ok(challenges.isOpen(one));
  assert.ok(challenges.isOpen(one), 'looking at it does not use it up');
  challenges.use(one);
  assert.deepEqual([challenges.isOpen(one), challenges.isOpen(two)], [false, true]);
  clock.now += 299_000;
  assert.ok(challenges.isOpen(two));
  clock.now += 2000;
  assert.ok(!challenges.isOpen(two));
  assert.ok(!challenges.isOpen(one), 'not again later, either');
});

test('only our own, as we wrote them', () => {
  const { challenges } = open();
  const own = challenges.make();
  const flipped = (at: number) =>
    `${own.slice(0, at)}${own[at] === '0' ? '1' : '0'}${own.slice(at + 1)}`;
  for (let at = 0; at < 32; at++) assert.ok(!challenges.isOpen(flipped(at)), `digit ${at}`);
  for (const other of ['', 'x'.repeat(32), '0'.repeat(32), `${own}00`, own.slice(2), `${own} `])
    assert.ok(!challenges.isOpen(other), other);
  const upper = own.toUpperCase();
  assert.equal(challenges.isOpen(upper), upper === own);
  assert.ok(!open().challenges.isOpen(own), 'of another run');
});

test('what is remembered is bounded: then nothing is accepted until the oldest are no longer valid', () => {
  const { clock, challenges } = open();
  for (let at = 0; at < 65_536; at++) challenges.use(`${at}`);
  assert.ok(!challenges.isOpen(challenges.make()));
  clock.now += 300_001;
  assert.ok(challenges.isOpen(challenges.make()));
});
