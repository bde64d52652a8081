import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryNode } from '../../contract/inventory.ts';
import type { FetchView } from '../../contract/timeline.ts';
import type { Built } from '../built.ts';
import { NOT_ENROLLED } from '../enrolment/views.ts';
import type { Sighting } from './sighting.ts';
import { Timeline } from './timeline.ts';

const [FIRST, SECOND] = ['52-54-00-12-34-01', '52-54-00-12-34-02'];
const NODE: InventoryNode = {
  name: 'n1',
  macs: [FIRST, SECOND],
  arch: 'amd64',
  role: 'server',
  boot: 'live',
  os: 'x',
};

function builtOf(nodes: readonly InventoryNode[]): Built {
  const founding = { epoch: 1, servers: [], founded: false };
  return {
    inventory: { version: 1, httpPort: 80, cluster: 'home', founding, nodes },
    at: 1,
    nodeOf: (mac) => nodes.find(({ macs }) => macs.includes(mac)),
    expected: (_, stage) => (stage === 'root' ? 1000 : null),
  };
}

function open(nodes: readonly InventoryNode[] = [NODE]) {
  const state = {
    ...{ built: builtOf(nodes), now: 0, founded: false, enrolment: NOT_ENROLLED },
    fetch: null as FetchView | null,
  };
  const timeline = new Timeline({
    built: () => state.built,
    founding: () => ({ founded: state.founded }),
    enrolment: () => state.enrolment,
    fetching: () => state.fetch,
    now: () => state.now,
  });
  const file = (mac: string, path: string): Sighting => {
    const where = { mac, address: '192.0.2.9', at: state.now };
    return { kind: 'file', ...where, path, position: 0, size: 7, state: 'begun' };
  };
  const said = (mac: string, error: string | null): Sighting => {
    const where = { mac, address: null, at: state.now };
    return { kind: 'said', ...where, stage: 'root', message: '', error };
  };
  const names = () => timeline.changes().map(({ event }) => event);
  return { state, timeline, file, said, names };
}

test('each change is reported once', () => {
  const { timeline, file, names, state } = open();
  assert.deepEqual(names(), []);
  timeline.see(file(FIRST, 'boot.ipxe'));
  timeline.see(file(FIRST, 'os/x/vmlinuz'));
  assert.deepEqual(names(), ['node']);
  state.founded = true;
  assert.deepEqual(names(), ['founding']);
  assert.deepEqual(names(), []);
});

test('what a node waits for is told as the build knows it', () => {
  const { timeline } = open([{ ...NODE, missing: ['kernel'] }]);
  assert.deepEqual(timeline.view().nodes[0]?.missing, ['kernel']);
});

test('a fetch is told while it changes, and once more when it is over', () => {
  const { timeline, state } = open();
  const fetch = { state: 'running', bytes: 1, totalBytes: 2, bytesPerSecond: 1 } as const;
  state.fetch = fetch;
  assert.deepEqual(timeline.changes(), [{ event: 'fetch', data: fetch }]);
  assert.deepEqual([timeline.changes(), timeline.view().fetch], [[], fetch]);
  state.fetch = null;
  assert.deepEqual(timeline.changes(), [{ event: 'fetch', data: null }]);
  assert.equal('fetch' in timeline.view(), false);
});

test('a node with two cards is where it was seen last', () => {
  const { timeline, file, state } = open();
  timeline.see(file(FIRST, 'os/x/vmlinuz'));
  state.now = 5;
  timeline.see(file(SECOND, 'boot.ipxe'));
  assert.equal(timeline.view().nodes[0]?.stage, 'ipxe');
});

test('being stuck is reported when the limit is reached, and again when it ends', () => {
  const { timeline, file, names, state } = open();
  timeline.see(file(FIRST, 'os/x/rootfs.squashfs'));
  names();
  state.now = 179_999;
  assert.deepEqual(names(), []);
  state.now = 180_000;
  const [told] = timeline.changes();
  assert.ok(told?.event === 'node');
  assert.deepEqual([told.data.stuck?.stage, told.data.stuck?.since], ['root', 0]);
  assert.match(told.data.stuck?.hint ?? '', /cable/);
  assert.deepEqual(names(), []);
  timeline.see({
    ...file(FIRST, 'os/x/rootfs.squashfs'),
    state: 'running',
    position: 1,
  } as Sighting);
  assert.equal(timeline.view().nodes[0]?.stuck, null);
  assert.deepEqual(names(), ['node']);
});

test('a machine whose kernel took long has as much more time for its system, within bounds', () => {
  for (const [kernel, patience] of [
    [10_000, 360_000],
    [100_000, 800_000],
    [3_600_000, 1_800_000],
  ] as const) {
    const { timeline, file, said, state } = open();
    const stuck = () => timeline.view().nodes[0]?.stuck;
    timeline.see(file(FIRST, 'os/x/initrd'));
    state.now = kernel;
    timeline.see(said(FIRST, null));
    timeline.see({ ...said(FIRST, null), stage: 'disk' } as Sighting);
    state.now = kernel + patience - 1;
    assert.equal(stuck(), null);
    state.now += 1;
    assert.equal(stuck()?.stage, 'disk');
  }
});

test('a failure is reported at once, until the node continues; waiting for a cluster counts from its start', () => {
  const { timeline, said, state } = open();
  const stuck = () => timeline.view().nodes[0]?.stuck;
  timeline.see(said(FIRST, 'no space'));
  assert.equal(stuck()?.stage, 'root');
  state.now = 10;
  timeline.see({ ...said(FIRST, null), stage: 'cluster', message: 'waits' } as Sighting);
  assert.equal(stuck(), null);
  state.now = 360_010;
  timeline.see({ ...said(FIRST, null), stage: 'cluster', message: 'waits still' } as Sighting);
  assert.deepEqual([stuck()?.stage, stuck()?.since], ['cluster', 10]);
});

test('the expected total is shown while a stage runs, the actual one once it is over', () => {
  const { timeline, file, said } = open();
  timeline.see(file(FIRST, 'os/x/fetch.list'));
  assert.equal(timeline.view().nodes[0]?.stages.root?.totalBytes, 1000);
  timeline.see({ ...said(FIRST, null), stage: 'disk' } as Sighting);
  const stages = timeline.view().nodes[0]?.stages;
  assert.deepEqual([stages?.root?.totalBytes, stages?.seed?.state], [7, 'skipped']);
});

test('made-up machines are bounded, the oldest is dropped, nodes stay', () => {
  const { timeline, file, state } = open();
  timeline.see(file(FIRST, 'boot.ipxe'));
  const stranger = (at: number) =>
    `02-00-00-00-${(at >> 8).toString(16).padStart(2, '0')}-${(at & 255).toString(16).padStart(2, '0')}`;
  for (let at = 0; at < 10_000; at++) {
    state.now = at;
    timeline.see(file(stranger(at), 'boot.ipxe'));
  }
  const { unknown, nodes } = timeline.view();
  assert.deepEqual(
    [unknown.length, unknown[0]?.mac, nodes[0]?.stage],
    [256, stranger(9999), 'ipxe'],
  );
  const events = timeline.changes().map(({ event }) => event);
  assert.equal(events.filter((event) => event === 'unknown').length, 256);
  assert.ok(timeline.machines.length === 257);
});

test('a stranger that becomes a node keeps its history; the page gets a new timeline', () => {
  const { timeline, file, names, state } = open([]);
  timeline.see(file(FIRST, 'boot.ipxe'));
  assert.deepEqual(names(), ['unknown']);
  state.built = builtOf([NODE]);
  assert.deepEqual(names(), ['timeline']);
  const { unknown, nodes } = timeline.view();
  assert.deepEqual([unknown, nodes[0]?.stage], [[], 'ipxe']);
});

/** A node that was ready long ago, after a boot from its first card; its address is 192.0.2.9. */
function openReady() {
  const trial = open();
  const { timeline, state, file } = trial;
  timeline.see(file(FIRST, 'os/x/vmlinuz'));
  const said = { kind: 'said', mac: FIRST, address: '192.0.2.9', at: 0 } as const;
  timeline.see({ ...said, stage: 'ready', message: '', error: null });
  state.now = 3_600_000;
  const shown = () => {
    const [node] = timeline.view().nodes;
    return [node?.stage, node?.stuck, node?.seen, node?.address];
  };
  return { ...trial, shown };
}

test('what anyone can send in its name does not take a node back from ready', () => {
  for (const mac of [FIRST, SECOND]) {
    const { timeline, state, file, shown } = openReady();
    const before = shown();
    const dhcp = { kind: 'dhcp', mac, address: null, isIpxe: false, archs: [0] } as const;
    const forged = { mac, address: '192.0.2.66' } as const;
    for (const sighting of [
      { ...dhcp, at: state.now },
      { ...dhcp, at: state.now, isIpxe: true },
      { ...file(mac, 'boot.ipxe'), ...forged, doubt: 'claim' } as Sighting,
      { ...file(mac, `nodes/${mac}/boot.ipxe`), ...forged, doubt: 'claim' } as Sighting,
      { ...file(mac, 'tftp/undionly.kpxe'), doubt: 'packet' } as Sighting,
    ]) {
      assert.equal(timeline.see(sighting), null);
      state.now += 3_600_000;
    }
    assert.deepEqual(shown(), before);
  }
});

test('what only the machine itself gets does: it boots again', () => {
  for (const [mac, path, doubt] of [
    [FIRST, 'tftp/undionly.kpxe', undefined],
    [SECOND, 'tftp/undionly.kpxe', undefined],
    [FIRST, 'boot.ipxe', undefined],
    [FIRST, `nodes/${FIRST}/boot.ipxe`, undefined],
    // From the address that it has had all along.
    [FIRST, `nodes/${FIRST}/boot.ipxe`, 'claim'],
  ] as const) {
    const { timeline, file, shown, state } = openReady();
    timeline.see({ kind: 'dhcp', mac, address: null, at: state.now, isIpxe: false, archs: [0] });
    timeline.see({ ...file(mac, path), ...(doubt !== undefined && { doubt }) } as Sighting);
    assert.notEqual(shown()[0], 'ready', path);
    assert.equal(timeline.view().nodes[0]?.booted, state.now);
  }
});

test('a node that was not seen booting yet is shown from its first DHCP packet on', () => {
  const { timeline } = open();
  timeline.see({ kind: 'dhcp', mac: FIRST, address: null, at: 0, isIpxe: false, archs: [0] });
  assert.equal(timeline.view().nodes[0]?.stage, 'firmware');
});
