import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJson } from '../contract/parse.ts';
import { statusSchema } from '../contract/status.ts';
import { type TimelineView, timelineSchema } from '../contract/timeline.ts';
import { runHomepbp } from './run-homepbp.trial.ts';
import { readSeen } from './seen.ts';
import { statusText } from './status.ts';

const FIXTURE = join(import.meta.dirname, '../test/fixtures/timeline/nodes.json');
const view = (): TimelineView => parseJson(timelineSchema, readFileSync(FIXTURE, 'utf8'));

test('one line per node, and what to do about a stuck one', () => {
  assert.equal(
    statusText(view()),
    `cluster home: founded by k8s-node01
  k8s-node01   ready    10/10  seen 3 min ago  k3s runs
  k8s-node02   not seen yet
  k8s-node03   root     6/10  seen 5 min ago  rootfs.squashfs could not be fetched: the server stopped sending after 131000000 bytes
      STUCK for 5 min: It reported why it cannot continue; fix that and start it again.
  k8s-agent04  not seen yet
  unknown machine 52-54-00-ff-ff-01 at 192.168.1.77, seen 30 s ago
`,
  );
});

test('what was not fetched, but not of a node that is ready', () => {
  const { nodes, ...rest } = view();
  const missing = ['kernel', 'k3s'];
  const lacking = nodes.slice(0, 2).map((node) => ({ ...node, missing }));
  assert.deepEqual(
    statusText({ ...rest, nodes: lacking, unknown: [] })
      .split('\n')
      .slice(2, 4),
    [
      '  k8s-node02  not seen yet',
      '      waits for: kernel, k3s: not fetched; run ./homepbp fetch',
    ],
  );
});

test('a fetch that runs, and one that failed', () => {
  const running = { state: 'running', bytes: 5e8, totalBytes: null, bytesPerSecond: 1 } as const;
  const line = (fetch: TimelineView['fetch']) =>
    statusText({ ...view(), ...(fetch && { fetch }) }).split('\n')[1];
  assert.equal(line(running), '  Genesis is fetching what is missing: 500 MB');
  const known = { ...running, totalBytes: 2e9 };
  assert.equal(line(known), '  Genesis is fetching what is missing: 500 MB of 2.0 GB');
  const failed = { ...known, state: 'failed', error: 'the disk\nis full' } as const;
  assert.equal(line(failed), '  not fetched: the disk is full; run ./homepbp fetch');
});

test('a key that was refused, from where, and what to do about it', () => {
  const { nodes, now, ...rest } = view();
  const [first] = nodes;
  assert.ok(first);
  const refused = { at: now - 120_000, address: '192.168.1.66\u001b[2J' };
  const enrolment = { ...first.enrolment, refused };
  const text = statusText({ ...rest, now, nodes: [{ ...first, enrolment }], unknown: [] });
  assert.equal(
    text.split('\n')[2],
    '      KEY REFUSED: enrolled since 2026-01-02 09:55 UTC with another disk, from 192.168.1.101; another key was shown at 192.168.1.66\\u001b[2J, 2 min ago: if that is its new disk, run ./homepbp enroll k8s-node01',
  );
  const never = { ...first.enrolment, refused: { at: now, address: null } };
  const unknown = { ...never, pinned: { since: 0, address: null, fingerprint: '' } };
  assert.match(
    statusText({ ...rest, now, nodes: [{ ...first, enrolment: unknown }], unknown: [] }),
    /enrolled since 1970-01-01 00:00 UTC with another disk; another key was shown, 0 s ago/,
  );
});

test("a node's text cannot control the terminal or add lines", () => {
  const { nodes, ...rest } = view();
  const [first] = nodes;
  assert.ok(first);
  const stages = {
    ready: { ...first.stages.ready, message: 'a\u001b[2J\nk8s-node09 ready\u202e' },
  };
  const text = statusText({ ...rest, nodes: [{ ...first, stages } as never], unknown: [] });
  assert.ok(text.includes('a\\u001b[2J k8s-node09 ready\\u202e\n'), text);
  assert.equal(text.split('\n').length, 3);
});

test('without a shim it shows what the last one saved', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-status-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const nothing = await runHomepbp(['status'], { cwd: folder, home: folder });
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /status: dist is not a built tree\n {2}hint: run \.\/homepbp build/);
  const mac = '52-54-00-12-34-01';
  const node = { name: 'n1', macs: [mac], arch: 'amd64', role: 'server', boot: 'live', os: 'x' };
  const founding = { epoch: 1, servers: ['n1'], founded: false };
  for (const name of ['dist', 'state']) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, 'dist/inventory.json'),
    JSON.stringify({ version: 1, httpPort: 1, cluster: 'home', founding, nodes: [node] }),
  );
  const said = {
    at: Date.now(),
    mac,
    stage: 'cluster',
    message: 'waits for n2\u202e',
    error: null,
  };
  writeFileSync(join(folder, 'state/checkins.jsonl'), `${JSON.stringify(said)}\n`);
  const { status, stdout, stderr } = await runHomepbp(['status'], { cwd: folder, home: folder });
  assert.match(stdout, /^ {2}n1 {4}cluster {2}9\/10 {2}seen \d s ago {2}waits for n2\\u202e$/m);
  assert.match(stderr, /^note: no shim answers/);
  assert.equal(status, 0);
  const key = { at: new Date().toISOString(), address: '192.0.2.66', fingerprint: 'SHA256:x' };
  const pinned = { ...key, mac, role: 'server', state: 'a', key: 'PEM', wipe: null };
  const record = { version: 1, name: 'n1', pinned, admitted: null, refused: key };
  mkdirSync(join(folder, 'state/enrolled'));
  writeFileSync(join(folder, 'state/enrolled/n1.json'), JSON.stringify(record));
  const refused = await runHomepbp(['status'], { cwd: folder, home: folder });
  assert.match(refused.stdout, /^ {6}KEY REFUSED: enrolled since .*, from 192\.0\.2\.66; /m);
  assert.equal(refused.status, 1);
  const json = await runHomepbp(['status', '--json'], { cwd: folder, home: folder });
  assert.equal(json.status, 1);
  const { live, rotation, nodes } = parseJson(statusSchema, json.stdout);
  assert.deepEqual([live, rotation, nodes.length], [false, null, 1]);
  assert.equal(nodes[0]?.stages.cluster?.message, 'waits for n2\u202e');
  assert.equal(nodes[0]?.enrolment.refused?.address, '192.0.2.66');
  assert.doesNotMatch(json.stdout, /\u202e/);
});

test('a URL without a shim is reported', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-status-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, stderr } = await runHomepbp(['status', '--url', 'http://127.0.0.1:1'], {
    cwd: folder,
    home: folder,
  });
  assert.equal(status, 1);
  assert.match(stderr, /^status: no shim answers at http:\/\/127\.0\.0\.1:1\n/);
});

for (const command of ['status', 'doctor']) {
  test(`${command}: a damaged inventory.json is reported as such, not as a missing tree`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'homepbp-status-'));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/inventory.json'), '{"version": 1,\n"nodes": [}');
    const { status, stderr } = await runHomepbp([command], { cwd: folder, home: folder });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^\S+\/dist\/inventory\.json:2:11: the file is damaged: not valid JSON\n {2}hint: run \.\/homepbp build, which writes it again\n$/,
    );
  });
}

test('a server at the URL that is not a shim of this version is reported', async (t) => {
  const server = createServer((_, response) => response.end('{"version": 7}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(readSeen('status', { url, dist: '/nowhere', state: '/nowhere' }), {
    message: `status: no shim answers at ${url}: its answer does not fit this version: version is not 1\n  hint: run ./homepbp start, or omit --url`,
  });
});
