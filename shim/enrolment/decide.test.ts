// Every way in which a node can show a key, and what is made of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Enrolled } from '../../contract/enrolment.ts';
import type { InventoryNode } from '../../contract/inventory.ts';
import { type Asking, decide, type Pinned, type Policy } from './decide.ts';

const NODE: InventoryNode = {
  ...{ name: 'n1', macs: ['52-54-00-12-34-01'], arch: 'amd64', role: 'server' },
  ...{ boot: 'live', os: 'x' },
};
const AT = '2026-11-30T10:48:00.000Z';

const asking = (key: string, node: Partial<InventoryNode> = {}, more: object = {}): Asking => ({
  node: { ...NODE, ...node },
  request: { mac: '52-54-00-12-34-01', state: 'a', ...more },
  address: '192.0.2.1',
  key: { pem: key, fingerprint: `SHA256:${key}` },
  at: new Date(AT),
  uses: null,
});

const PINNED: Pinned = {
  ...{ at: '2026-11-01T00:00:00.000Z', address: '192.0.2.1', fingerprint: 'SHA256:one' },
  ...{ mac: '52-54-00-12-34-01', role: 'server', state: 'a', key: 'one', wipe: null },
};

const record = (more: Partial<Enrolled> = {}): Enrolled => ({
  ...{ version: 1, name: 'n1', pinned: PINNED, admitted: null, refused: null },
  ...more,
});

const OPEN: Policy = { enroll: undefined, isOpen: true };
const CLOSED: Policy = { enroll: undefined, isOpen: false };
const ALWAYS: Policy = { enroll: 'always', isOpen: true };
const REFUSED = { at: AT, address: '192.0.2.7', fingerprint: 'SHA256:other' };

function pinningOf(...words: Parameters<typeof decide>): string {
  const decision = decide(...words);
  if (decision.kind !== 'answer') return decision.kind;
  if (decision.pinning === null) return 'same';
  const { pinned, admitted, refused } = decision.record ?? {};
  assert.equal(pinned?.key, words[0].key.pem);
  assert.equal(pinned?.at, AT);
  assert.deepEqual([admitted, refused], [null, null], 'a new beginning');
  return decision.pinning;
}

test('the first key is believed, unless state/ was lost', () => {
  assert.equal(pinningOf(asking('one'), null, OPEN), 'first key');
  assert.equal(pinningOf(asking('one'), record({ pinned: null }), OPEN), 'first key');
  assert.equal(pinningOf(asking('one'), null, CLOSED), 'closed');
  assert.equal(pinningOf(asking('one'), record({ pinned: null }), CLOSED), 'closed');
  assert.equal(
    pinningOf(asking('one'), record({ pinned: null, admitted: AT }), CLOSED),
    'let in',
    './homepbp enroll',
  );
});

test('always is no way around a lost state/', () => {
  assert.equal(pinningOf(asking('one'), null, { ...ALWAYS, isOpen: false }), 'closed');
});

test('the pinned key gets its secrets, whatever else changes', () => {
  for (const policy of [OPEN, CLOSED, ALWAYS]) {
    assert.equal(pinningOf(asking('one'), record(), policy), 'same');
    assert.equal(pinningOf(asking('one', { wipe: 'w' }), record({ admitted: AT }), policy), 'same');
  }
});

test('with the pinned key nothing is written, unless something about the node changed', () => {
  const written = (...words: Parameters<typeof decide>) => {
    const decision = decide(...words);
    assert.ok(decision.kind === 'answer');
    return decision.record;
  };
  assert.equal(written(asking('one'), record(), OPEN), null);
  const waiting = record({ admitted: AT, refused: REFUSED });
  const changed = written(
    asking('one', { role: 'agent', wipe: 'w' }, { state: 'b' }),
    waiting,
    OPEN,
  );
  const pinned = { ...PINNED, role: 'agent', state: 'b' } as const;
  assert.deepEqual(changed, { ...waiting, pinned }, 'what waits for another key stays');
});

test('another key is refused, unless somebody let it in', () => {
  assert.equal(pinningOf(asking('two'), record(), OPEN), 'other-key');
  assert.equal(pinningOf(asking('two'), record(), CLOSED), 'other-key');
  assert.equal(pinningOf(asking('two'), record({ admitted: AT }), OPEN), 'let in');
  assert.equal(pinningOf(asking('two'), record({ admitted: AT }), CLOSED), 'let in');
  assert.equal(pinningOf(asking('two'), record({ refused: REFUSED }), ALWAYS), 'enroll: always');
});

test('a new word of wipe lets another key in, once; so does taking it away', () => {
  assert.equal(pinningOf(asking('two', { wipe: 'w' }), record(), OPEN), 'wipe');
  const decision = decide(asking('two', { wipe: 'w' }), record(), OPEN);
  assert.ok(decision.kind === 'answer' && decision.record !== null);
  assert.equal(pinningOf(asking('three', { wipe: 'w' }), decision.record, OPEN), 'other-key');
  assert.equal(pinningOf(asking('three'), decision.record, OPEN), 'wipe');
});

test('a refusal is noted, at most once a minute', () => {
  const noted = (before: Enrolled) => {
    const decision = decide(asking('two'), before, OPEN);
    assert.ok(decision.kind === 'other-key');
    assert.deepEqual(decision.pinned, PINNED);
    return decision.record;
  };
  const refused = { at: AT, address: '192.0.2.1', fingerprint: 'SHA256:two' };
  const at = (ms: number) => new Date(Date.parse(AT) + ms).toISOString();
  assert.deepEqual(noted(record()), record({ refused }));
  assert.equal(noted(record({ refused: { ...REFUSED, at: at(-59_999) } })), null);
  assert.deepEqual(
    noted(record({ refused: { ...REFUSED, at: at(-60_000) } })),
    record({ refused }),
  );
  assert.deepEqual(
    noted(record({ refused: { ...REFUSED, at: at(3_600_000) } })),
    record({ refused }),
    'the clock was set back',
  );
});

test('a node without a disk is believed each time, and nothing is kept of it', () => {
  for (const before of [null, record()]) {
    for (const state of ['a', null]) {
      const node = { diskless: true, role: 'agent' } as const;
      assert.deepEqual(decide(asking('two', node, { state }), before, CLOSED), {
        kind: 'diskless',
      });
    }
  }
  assert.equal(pinningOf(asking('one', {}, { state: null }), record(), OPEN), 'no-state');
});
