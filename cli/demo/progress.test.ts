// What the demo says while the machines start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeView, TimelineView } from '../../contract/timeline.ts';
import { parseNodes } from './nodes.ts';
import { clock, newsOf } from './progress.ts';

const NODE: NodeView = {
  name: 'shelf-1',
  macs: ['52-54-00-e2-e1-01'],
  role: 'server',
  arch: 'amd64',
  boot: 'live',
  address: null,
  booted: null,
  seen: null,
  stage: null,
  stages: {},
  stuck: null,
  enrolment: { pinned: null, refused: null },
};

function viewOf(...nodes: readonly Partial<NodeView>[]): TimelineView {
  const all = nodes.map((node) => ({ ...NODE, ...node }));
  const rest = { cluster: 'shelf', founding: { founded: false }, unknown: [] };
  return { version: 1, now: 0, built: null, nodes: all, ...rest };
}

const stage = (words: { message?: string; error?: string }) => ({
  state: 'running' as const,
  started: 0,
  ended: null,
  bytes: 0,
  totalBytes: null,
  ...words,
});

test('a line for each machine that is further, none for the others', () => {
  const first = newsOf(new Map(), viewOf({ stage: 'kernel' }, { name: 'shelf-2' }));
  assert.deepEqual(first.lines, ['shelf-1: fetching the kernel']);
  const second = newsOf(
    first.said,
    viewOf({ stage: 'kernel' }, { name: 'shelf-2', stage: 'ipxe' }),
  );
  assert.deepEqual(second.lines, ['shelf-2: asking what to boot']);
});

test('from the cluster on it is what the machine itself says, without control characters', () => {
  const stages = { cluster: stage({ message: 'waits\n for \u001b[31mshelf-2' }) };
  const { lines } = newsOf(new Map(), viewOf({ stage: 'cluster', stages }));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^shelf-1: waits for .*shelf-2$/);
  assert.ok(!lines[0]?.includes('\u001b'));
});

test('a sentence that begins with its name has it once', () => {
  const stages = { cluster: stage({ message: 'shelf-1: founding' }) };
  const { lines } = newsOf(new Map(), viewOf({ stage: 'cluster', stages }));
  assert.deepEqual(lines, ['shelf-1: founding']);
});

test('what it says of its disk and of the start of its system is told, each once', () => {
  const mounted = {
    stage: 'disk',
    stages: { disk: stage({ message: 'STATE is mounted' }) },
  } as const;
  const started = stage({ message: 'starting the system' });
  const views: readonly Partial<NodeView>[] = [
    { stage: 'root', stages: { root: stage({ message: 'the network is up' }) } },
    { stage: 'disk', stages: { disk: stage({}) } },
    mounted,
    mounted,
    { ...mounted, stages: { ...mounted.stages, seed: started } },
    { stage: 'cluster', stages: { ...mounted.stages, seed: started, cluster: stage({}) } },
    { stage: 'root', stages: { root: stage({}) } },
    mounted,
  ];
  const told: string[] = [];
  let said: ReturnType<typeof newsOf>['said'] = new Map();
  for (const view of views) {
    const news = newsOf(said, viewOf(view));
    told.push(...news.lines.map((line) => line.replace('shelf-1: ', '')));
    said = news.said;
  }
  assert.deepEqual(told, [
    'fetching the root image',
    'preparing its disk',
    'STATE is mounted',
    'starting the system',
    'joining the cluster',
    // The next boot.
    'fetching the root image',
    'STATE is mounted',
  ]);
});

test('a machine that is stuck or has failed says so', () => {
  const stuck = { stage: 'root', since: 0, hint: 'look at its console' } as const;
  assert.deepEqual(newsOf(new Map(), viewOf({ stage: 'root', stuck })).lines, [
    'shelf-1: STUCK: look at its console',
  ]);
  const stages = { disk: stage({ error: 'no blank disk' }) };
  assert.deepEqual(newsOf(new Map(), viewOf({ stage: 'disk', stages })).lines, [
    'shelf-1: preparing its disk failed: no blank disk',
  ]);
});

test('times are minutes and seconds', () => {
  assert.deepEqual([0, 59_700, 247_000].map(clock), ['0:00', '1:00', '4:07']);
});

test('the answer of a server of real k3s: only ready nodes are members', () => {
  const node = (name: string, status: string) => ({
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status }] },
  });
  const nodes = { items: [node('shelf-2', 'True'), node('shelf-1', 'True'), node('x', 'False')] };
  assert.deepEqual(parseNodes(`6c1f-uid\n${JSON.stringify(nodes, null, 2)}\n`), {
    clusterId: '6c1f-uid',
    members: ['shelf-1', 'shelf-2'],
  });
  for (const text of ['', '6c1f-uid\n', '6c1f-uid\nnot json', `\n${JSON.stringify(nodes)}`])
    assert.equal(parseNodes(text), null, JSON.stringify(text));
});
