// `enroll` as users run it: what it lists, lets in, opens, and refuses.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseEnrolled } from '../contract/enrolment.ts';
import { openEnrolled } from '../shim/state/enrolled.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const INVENTORY = `ssh: { keys: ["${KEY}"] }
nodes:
  - { name: k8s-node01, mac: 52-54-00-12-00-01 }
  - { name: k8s-node02, mac: 52-54-00-12-00-02, wipe: again }
  - { name: diskless, mac: 52-54-00-12-00-03, role: agent, disk: none }
`;

const PINNED = {
  ...{ at: '2026-11-29T10:00:00.000Z', address: '192.168.1.11', fingerprint: 'SHA256:first' },
  ...{ mac: '52-54-00-12-00-01', role: 'server', state: 'a', key: 'PEM', wipe: null },
};
const REFUSED = { at: '2026-11-29T11:00:00.000Z', address: null, fingerprint: 'SHA256:other' };

async function openProject(t: TestContext, more = '') {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-enroll-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  writeFileSync(path('nodes.yaml'), more + INVENTORY);
  const run = (...args: string[]) => runHomepbp(args, { cwd: folder, home: folder });
  assert.equal((await run('build')).status, 0);
  const write = (name: string, change: object) => {
    mkdirSync(path('state/enrolled'), { recursive: true });
    const record = { version: 1, name, pinned: null, admitted: null, refused: null };
    writeFileSync(path(`state/enrolled/${name}.json`), JSON.stringify({ ...record, ...change }));
  };
  const read = (name: string) => {
    const file = path(`state/enrolled/${name}.json`);
    return existsSync(file) ? parseEnrolled(readFileSync(file, 'utf8'), file) : null;
  };
  return { path, run, write, read };
}

test('without names: who has enrolled, since when, from where, and what was refused', async (t) => {
  const { run, write } = await openProject(t);
  write('k8s-node01', { pinned: PINNED, refused: REFUSED });
  const { status, stdout, stderr } = await run('enroll');
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(stdout.split('\n'), [
    '  k8s-node01  enrolled since 2026-11-29 10:00 UTC, from 192.168.1.11, SHA256:first',
    '      REFUSED another key on 2026-11-29 11:00 UTC, SHA256:other: if its disk was replaced or wiped, run ./homepbp enroll k8s-node01',
    '  k8s-node02  not enrolled: its first key is believed',
    '  diskless    no disk: its key is new at each boot, and believed',
    '',
  ]);
  write('k8s-node02', { pinned: PINNED });
  assert.match(
    (await run('enroll')).stdout,
    /k8s-node02 .*first\n {6}its next new key is let in \(wipe:\)/,
  );
});

test('a name lets its next key in, once; what is pinned stays until then', async (t) => {
  const { run, write, read } = await openProject(t);
  write('k8s-node01', { pinned: PINNED, refused: REFUSED });
  const { status, stdout } = await run('enroll', 'k8s-node01', 'k8s-node02', 'k8s-node01');
  assert.equal(status, 0);
  assert.equal(
    stdout,
    'k8s-node01: its next new key is let in, once; until it comes, SHA256:first stays\n' +
      'k8s-node02: its next new key is let in, once\n',
  );
  const { admitted, pinned, refused } = read('k8s-node01') ?? {};
  assert.deepEqual([pinned, refused], [PINNED, null]);
  assert.ok(Math.abs(Date.parse(admitted ?? '') - Date.now()) < 60_000);
  assert.equal(read('k8s-node02')?.pinned, null);
  assert.match((await run('enroll')).stdout, /first\n {6}its next new key is let in \(20/);
});

test('unknown names, and a node without a disk: all that is wrong, and nothing is changed', async (t) => {
  const { path, run } = await openProject(t);
  const { status, stdout, stderr } = await run(
    'enroll',
    'k8s-node01',
    'k8s-node0l',
    'x',
    'diskless',
  );
  assert.deepEqual([status, stdout], [1, '']);
  assert.deepEqual(stderr.split('\n'), [
    'enroll: nothing was changed:',
    "  no node 'k8s-node0l'; did you mean 'k8s-node01'?",
    "  no node 'x'",
    '  diskless has no disk: each key of it is believed anyway',
    'nodes: k8s-node01 k8s-node02 diskless',
    '',
  ]);
  assert.ok(!existsSync(path('state/enrolled')));
});

test('a damaged record is one clear error, before anything is changed', async (t) => {
  const { path, run } = await openProject(t);
  mkdirSync(path('state/enrolled'));
  writeFileSync(path('state/enrolled/k8s-node02.json'), '{"version": 1,');
  for (const args of [[], ['k8s-node01', 'k8s-node02'], ['--all']]) {
    const { status, stderr } = await run('enroll', ...args);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^\S+k8s-node02\.json:1:15: the file is damaged: not valid JSON\n {2}hint: restore it from a backup, or remove it and run \.\/homepbp enroll with/,
    );
  }
  assert.deepEqual(readdirSync(path('state/enrolled')), ['k8s-node02.json']);
});

test('--all opens a lost state/, and lets the next key of every node with a disk in', async (t) => {
  const { path, run, read } = await openProject(t);
  rmSync(path('state'), { recursive: true });
  const before = await run('enroll');
  assert.match(
    before.stderr,
    /^warning: state\/enrolment\.json is missing: .*\n {2}hint: .*enroll --all$/m,
  );
  assert.match(before.stdout, /k8s-node01 {2}not enrolled: no key is believed/);
  const { status, stdout } = await run('enroll', '--all');
  assert.deepEqual([status, stdout.split('\n').length - 1], [0, 2]);
  assert.match(
    (await run('enroll')).stdout,
    /k8s-node01 {2}not enrolled: its first key is believed/,
  );
  assert.ok(read('k8s-node01')?.admitted && read('k8s-node02')?.admitted);
  assert.equal(read('diskless'), null);
  assert.equal((await run('enroll')).stderr, '');
  assert.doesNotMatch((await run('build')).stderr, /enrolment\.json/);
  writeFileSync(path('state/enrolment.json'), 'torn');
  assert.match((await run('enroll')).stderr, /enrolment\.json:1:\d+: the file is damaged/);
  assert.equal((await run('enroll', '--all')).status, 0);
  assert.equal((await run('enroll')).status, 0);
});

test('a state/ elsewhere: build opens it, serve and enroll use it', async (t) => {
  const { path, run } = await openProject(t);
  for (const folder of ['state', 'secrets/issued', 'secrets/agent-token'])
    rmSync(path(folder), { recursive: true });
  assert.equal((await run('build', '--state', 'seen')).status, 0);
  assert.ok(!existsSync(path('state')));
  assert.deepEqual((await run('enroll', '--state', 'seen')).stderr, '');
  assert.match((await run('diff')).stderr, /state\/enrolment\.json is missing/);
  assert.doesNotMatch((await run('diff', '--state', 'seen')).stderr, /enrolment\.json/);
});

test('two at once do not undo each other: the shim may be writing the same record', async (t) => {
  const { path, run, read } = await openProject(t);
  const records = openEnrolled(path('state'));
  const refuse = () =>
    records.update('k8s-node01', (before) => ({
      ...(before ?? { version: 1, name: 'k8s-node01', admitted: null }),
      pinned: { ...PINNED, role: 'server' },
      refused: REFUSED,
    }));
  await Promise.all([refuse(), run('enroll', 'k8s-node01'), refuse()]);
  const { admitted, pinned } = read('k8s-node01') ?? {};
  assert.ok(admitted && pinned, 'both are in the record');
});

test('always is said; arguments that contradict, and folders that lack what is needed', async (t) => {
  const { path, run } = await openProject(t, 'cluster: { enroll: always }\n');
  assert.match(
    (await run('enroll')).stdout,
    /^cluster\.enroll: always: each new key is believed\n/,
  );
  assert.match(
    (await run('enroll', '--all', 'x')).stderr,
    /--all is every node; leave out x, or --all/,
  );
  assert.match((await run('enroll', '--dist', 'y')).stderr, /y is not a built tree\n {2}hint: run/);
  assert.match((await run('enroll', '--help')).stdout, /usage: \.\/homepbp enroll \[NAME…\]/);
  rmSync(path('secrets/issued'), { recursive: true });
  assert.match(
    (await run('enroll')).stderr,
    /secrets\/issued\/secrets\.json is missing\n {2}hint: run/,
  );
});
