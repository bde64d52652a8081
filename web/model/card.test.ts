import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InventoryNode } from '../../contract/inventory.ts';
import { parseJson } from '../../contract/parse.ts';
import {
  type NodeView,
  STAGES,
  type TimelineView,
  timelineSchema,
} from '../../contract/timeline.ts';
import { makeCard } from './card.ts';
import { PHASES } from './stages.ts';

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/timeline/nodes.json');
const timeline: TimelineView = parseJson(timelineSchema, readFileSync(FIXTURE, 'utf8'));

const NODE: InventoryNode = {
  name: 'k8s-node01',
  macs: ['52-54-00-12-34-01'],
  arch: 'amd64',
  role: 'server',
  boot: 'live',
  os: '24.04-amd64',
  ip: '192.168.1.101/24',
};

function seen(name: string): NodeView {
  const node = timeline.nodes.find((one) => one.name === name);
  assert.ok(node !== undefined, name);
  return node;
}

const card = (view: NodeView | null, isFetched = true, node = NODE, isFetching = false) =>
  makeCard(node, view, { isFetched, isFetching }, timeline.now);

test('every stage is on the timeline once, in order', () => {
  assert.deepEqual(
    PHASES.flatMap(({ stages }) => stages),
    [...STAGES],
  );
});

test('a node that is ready', () => {
  const { state, headline, detail, took, problem, segments } = card(seen('k8s-node01'));
  assert.deepEqual(
    { state, headline, problem },
    { state: 'ready', headline: 'ready', problem: null },
  );
  assert.equal(detail, 'k3s runs · last seen 3 min ago');
  assert.equal(took, '3 min 20 s', 'from power-on to ready, not to now');
  assert.ok(segments.every(({ state, fraction }) => state === 'done' && fraction === 1));
  assert.equal(segments[5]?.words, 'done in 45 s');
  assert.equal(segments[5]?.got, '262 MB');
  assert.equal(segments.at(-1)?.words, 'reached');
});

test('a node that failed says what, and what to do', () => {
  const { state, headline, detail, took, problem, segments } = card(seen('k8s-node03'));
  assert.equal(state, 'failed');
  assert.equal(headline, 'failed fetching the root image');
  assert.equal(detail, 'last seen 5 min ago');
  assert.equal(took, '4 min 40 s');
  assert.match(problem?.what ?? '', /^rootfs\.squashfs could not be fetched/);
  assert.match(problem?.hint ?? '', /fix that/);
  assert.equal(segments[0]?.words, 'not seen', 'the firmware stage was skipped');
  assert.equal(segments[5]?.fraction, 0.5);
  assert.equal(segments[5]?.words, 'failed after 4 min 30 s, 50 %');
});

test('a node that was never seen', () => {
  const { state, headline, detail, took, segments } = card(seen('k8s-node02'));
  assert.equal(state, 'unseen');
  assert.equal(headline, 'not seen yet');
  assert.match(detail, /Switch it on/);
  assert.equal(took, '');
  assert.ok(segments.every(({ state, words }) => state === 'todo' && words === 'pending'));
});

test('a refused key is shown beside whatever else the node does, with the command', () => {
  const view = seen('k8s-node01');
  const { key, refusal } = card(view);
  assert.equal(
    key,
    `Enrolled on 2026-01-02 09:55 UTC from 192.168.1.101, key SHA256:${'A'.repeat(43)}`,
  );
  assert.equal(refusal, null);
  const refused = { at: timeline.now - 120_000, address: '192.168.1.66' };
  const hurt = card({ ...view, enrolment: { ...view.enrolment, refused } });
  assert.deepEqual(hurt.refusal, {
    what: 'Another key was refused: this node is enrolled since 2026-01-02 09:55 UTC with another disk, from 192.168.1.101.',
    hint: 'Shown at 192.168.1.66, 2 min ago. If its disk was replaced or wiped, let the next key in; if not, a stranger has its address:',
    command: './homepbp enroll k8s-node01',
  });
  assert.deepEqual([hurt.state, hurt.problem], ['ready', null]);
  const nameless = { since: 0, address: null, fingerprint: 'SHA256:x' };
  const far = { pinned: nameless, refused: { at: timeline.now, address: null } };
  const unknown = card({ ...view, enrolment: far });
  assert.equal(unknown.key, 'Enrolled on 1970-01-01 00:00 UTC, key SHA256:x');
  assert.match(unknown.refusal?.what ?? '', /with another disk\.$/);
  assert.match(unknown.refusal?.hint ?? '', /^Shown, just now\. /);
  assert.equal(card(null).refusal, null);
  assert.equal(card(seen('k8s-node02')).key, '');
});

test('a running boot: how far, for how long', () => {
  const booted = timeline.now - 60_000;
  const root = {
    state: 'running',
    started: timeline.now - 20_000,
    ended: null,
    bytes: 65_500_000,
    totalBytes: 262_000_000,
    message: 'fetching rootfs.squashfs',
  } as const;
  const view: NodeView = {
    ...seen('k8s-node02'),
    booted,
    seen: booted,
    stage: 'root',
    stages: { root },
  };
  const { state, headline, detail, took, segments } = card(view);
  assert.deepEqual([state, headline, took], ['booting', 'fetching the root image', '1 min']);
  assert.equal(detail, 'fetching rootfs.squashfs · 66 MB of 262 MB');
  assert.equal(segments[5]?.fraction, 0.25);
  assert.equal(segments[5]?.words, 'running for 20 s, 25 %');

  const stuck = { stage: 'root', since: timeline.now - 240_000, hint: 'Is the cable in?' } as const;
  const late = card({ ...view, stuck });
  assert.equal(late.state, 'stuck');
  assert.deepEqual(late.problem, { what: 'No progress for 4 min.', hint: 'Is the cable in?' });
  assert.equal(late.segments[5]?.state, 'stuck');
});

test('a running stage shows something whatever its size', () => {
  const stage = (bytes: number, totalBytes: number | null): number | undefined => {
    const root = { state: 'running', started: 0, ended: null, bytes, totalBytes } as const;
    return card({ ...seen('k8s-node02'), stage: 'root', stages: { root } }).segments[5]?.fraction;
  };
  assert.equal(stage(0, 1000), 0.08);
  assert.equal(stage(2000, 1000), 1, 'fetched again after a fault');
  assert.equal(stage(5, null), 0.5);
  assert.equal(stage(5, 0), 0.5);
});

test('without a shim only the inventory is shown', () => {
  const two = ['52-54-00-12-34-01', '52-54-00-12-34-11'];
  const { ip: _, ...dhcp } = { ...NODE, macs: two, boot: 'recovery' } as const;
  const { state, headline, detail, facts } = card(null, true, dhcp);
  assert.deepEqual([state, headline, detail], ['plain', '', '']);
  assert.deepEqual(facts, [
    'server',
    'DHCP',
    '52:54:00:12:34:01',
    '52:54:00:12:34:11',
    '24.04-amd64',
    'boot: recovery',
  ]);
});

test('what was not fetched is said, unless something worse is wrong or the node is ready', () => {
  const bare = { ...NODE, missing: ['kernel', 'root image', 'k3s'] };
  assert.deepEqual(card(seen('k8s-node02'), false, bare).problem, {
    what: 'Waits for: kernel, root image, k3s. Not fetched yet.',
    hint: 'Run ./homepbp fetch on Genesis; until that is done, it boots from its own disk.',
  });
  assert.match(
    card(null, true, { ...NODE, missing: ['k3s'] }).problem?.hint ?? '',
    /; until that is done, it boots, but cannot join a cluster\.$/,
  );
  assert.match(card(null, false, bare, true).problem?.hint ?? '', /^Genesis is fetching now; /);
  assert.match(card(null, false).problem?.what ?? '', /^Waits for: os\/24\.04-amd64\./);
  assert.equal(card(seen('k8s-node02')).problem, null);
  assert.match(card(seen('k8s-node03'), false, bare).problem?.what ?? '', /could not be fetched/);
  assert.equal(card(seen('k8s-node01'), false, bare).problem, null);
});
