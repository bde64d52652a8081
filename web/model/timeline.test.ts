// The events of a boot, applied one by one and announced to a screen reader.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TimelineView } from '../../contract/timeline.ts';
import { announce } from './announce.ts';
import { FIRST_STATE, hear, isRebuilt } from './page.ts';
import { applyEvent, parseEvent } from './timeline.ts';

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/timeline/events.jsonl');
const events = readFileSync(FIXTURE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .map(({ event, data }) => parseEvent(event, JSON.stringify(data)));
const [first] = events;
assert.ok(first?.name === 'timeline');

test('a replayed boot ends ready, and the stranger comes and goes', () => {
  let timeline: TimelineView | null = null;
  const said: string[] = [];
  const strangers = new Set<string>();
  for (const event of events) {
    const next: TimelineView | null = applyEvent(timeline, event);
    said.push(...announce(timeline, next));
    timeline = next;
    for (const { mac } of next?.unknown ?? []) strangers.add(mac);
  }
  const node = timeline?.nodes.find(({ name }) => name === 'k8s-node02');
  assert.equal(node?.stage, 'ready');
  assert.deepEqual(
    timeline?.nodes.map(({ name }) => name),
    first.data.nodes.map(({ name }) => name),
    'the order stays',
  );
  assert.ok(strangers.has('52-54-00-ff-ff-02'));
  assert.ok(!timeline?.unknown.some(({ mac }) => mac === '52-54-00-ff-ff-02'));
  assert.equal(said[0], 'k8s-node02 is loading iPXE.');
  assert.equal(said.at(-1), 'k8s-node02 is ready.');
  assert.ok(said.includes('An unknown machine appeared: 52:54:00:ff:ff:02.'));
  assert.ok(said.length <= 13, `progress is not told byte by byte: ${said.join('\n')}`);
});

test('events before the first timeline are ignored', () => {
  assert.equal(
    applyEvent(null, { name: 'unknown-gone', data: { mac: '52-54-00-ff-ff-02' } }),
    null,
  );
});

test('a failure, a stuck node, a refused key and the founding are announced once', () => {
  const { data: before } = first;
  const node = before.nodes[1];
  assert.ok(node !== undefined);
  const root = { started: 0, ended: null, bytes: 0, totalBytes: null } as const;
  const running = {
    ...node,
    stage: 'root',
    stages: { root: { ...root, state: 'running' } },
  } as const;
  const failed = {
    ...running,
    stages: { root: { ...root, state: 'failed', error: 'no route' } },
  } as const;
  const stuck = { ...running, stuck: { stage: 'root', since: 0, hint: 'Look at it.' } } as const;
  const after = (one: typeof node) => ({ ...before, nodes: [one] });
  assert.deepEqual(announce(after(running), after(failed)), [
    'k8s-node02 failed fetching the root image: no route.',
  ]);
  assert.deepEqual(announce(after(failed), after(failed)), []);
  assert.deepEqual(announce(after(running), after(stuck)), ['k8s-node02 is stuck. Look at it.']);
  assert.deepEqual(announce(after(stuck), after(stuck)), []);
  const enrolment = { ...node.enrolment, refused: { at: 0, address: null } };
  const refused = { ...failed, enrolment };
  assert.deepEqual(announce(after(failed), after(refused)), [
    'Another key of k8s-node02 was refused.',
  ]);
  assert.deepEqual(announce(after(refused), after(refused)), []);
  const unfounded = { ...before, founding: { founded: false } };
  assert.deepEqual(announce(unfounded, before), ['The cluster has been founded.']);
  assert.deepEqual(announce(null, before), []);
});

test('a fetch comes, goes on and goes, and is announced at both ends', () => {
  const running = { state: 'running', bytes: 1, totalBytes: null, bytesPerSecond: 0 } as const;
  const fetch = (data: object | null) => parseEvent('fetch', JSON.stringify(data));
  const began = applyEvent(first.data, fetch(running));
  assert.deepEqual(began?.fetch, running);
  const further = applyEvent(began, fetch({ ...running, bytes: 2 }));
  const failed = applyEvent(began, fetch({ ...running, state: 'failed', error: 'offline' }));
  assert.deepEqual(applyEvent(further, fetch(null)), first.data);
  assert.deepEqual(announce(first.data, began), ['Genesis is fetching what is missing.']);
  assert.deepEqual(announce(began, further), []);
  assert.deepEqual(announce(further, first.data), ['Genesis has fetched everything.']);
  assert.deepEqual(announce(began, failed), ['The fetch failed.']);
  assert.throws(() => fetch({ ...running, doing: 'x'.repeat(501) }), /^Mismatch: doing/);
});

test("times go by Genesis' clock, and a new build is noticed", () => {
  const state = hear(FIRST_STATE, first, first.data.now + 5000);
  assert.equal(state.clockOffset, -5000);
  assert.equal(isRebuilt(FIRST_STATE, first), false, 'the first one is no news');
  assert.equal(isRebuilt(state, first), false);
  const built = { name: 'timeline', data: { ...first.data, built: 1 } } as const;
  assert.equal(isRebuilt(state, built), true);
});

test('an event from another version is refused, naming only the place', () => {
  const node = { ...first.data.nodes[0], stage: 'hover' };
  assert.throws(() => parseEvent('node', JSON.stringify(node)), {
    message: /^stage is not "firmware" or .* or "ready"$/,
  });
  assert.throws(() => parseEvent('founding', '{"founded":'), { message: 'not valid JSON' });
});
