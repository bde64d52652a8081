// `rotate` as users run it: what it changes, what it leaves, what it refuses, and what an interruption leaves.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { parseIssued } from '../contract/issued.ts';
import { run as rotate } from './rotate.ts';
import { inPlace, runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const INVENTORY = `ssh: { keys: ["${KEY}"] }
nodes:
  - { name: n1, mac: 52-54-00-12-00-01 }
  - { name: n2, mac: 52-54-00-12-00-02 }
  - { name: ram, mac: 52-54-00-12-00-03, role: agent, disk: none }
`;
const PINNED = {
  ...{ at: '2026-11-29T10:00:00.000Z', address: null, fingerprint: 'SHA256:first' },
  ...{ mac: '52-54-00-12-00-01', role: 'server', state: 'a', key: 'PEM', wipe: null },
};
const LATCH = { version: 1, epoch: 1, node: 'n1', at: '2026-11-29T10:00:00.000Z' };

async function openProject(t: TestContext, latch: object | null = LATCH) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-rotate-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  writeFileSync(path('nodes.yaml'), INVENTORY);
  const place = { cwd: folder, home: folder };
  const run = (...args: string[]) => runHomepbp(args, place);
  assert.equal((await run('build')).status, 0);
  mkdirSync(path('state/enrolled'), { recursive: true });
  if (latch !== null) writeFileSync(path('state/founded.json'), JSON.stringify(latch));
  const text = (name: string) => readFileSync(path(name), 'utf8');
  return {
    path,
    run,
    text,
    issued: () => parseIssued(text('secrets/issued/secrets.json'), 'x'),
    typing: (typed: string, ...args: string[]) =>
      inPlace(place, () => rotate(args, Readable.from([`${typed}\n`]))),
    uses: (name: string, set: string) => {
      const record = { version: 1, name, pinned: { ...PINNED, uses: set }, admitted: null };
      writeFileSync(
        path(`state/enrolled/${name}.json`),
        JSON.stringify({ ...record, refused: null }),
      );
    },
  };
}

test("agents' token and peer key are new, the rest stays, and builds agree", async (t) => {
  const { path, run, text, issued } = await openProject(t);
  const before = issued();
  const { status, stdout } = await run('rotate');
  assert.equal(status, 0);
  assert.match(stdout, /servers' token is the same: if that was stolen, a new one would not help/);
  const after = issued();
  const [newest, oldest] = after.sets;
  assert.ok(newest);
  assert.deepEqual(oldest, before.sets[0]);
  assert.equal(newest.token, oldest?.token);
  for (const key of ['id', 'agentToken', 'peerKey'] as const) {
    assert.notEqual(newest[key], oldest?.[key]);
  }
  assert.deepEqual([after.project, after.passwordKey], [before.project, before.passwordKey]);
  assert.equal(text('secrets/agent-token').trim(), newest.agentToken);
  assert.equal(text('secrets/peer-key').trim(), newest.peerKey);
  assert.equal(text('secrets/token').trim(), newest.token);
  for (const name of ['agent-token', 'peer-key', 'issued/secrets.json'])
    assert.equal(statSync(path(`secrets/${name}`)).mode & 0o777, 0o600);
  assert.equal((await run('build')).status, 0);
  assert.deepEqual(issued(), after);
});

test('from then on seeds say that the cluster is founded, even if state/ is lost', async (t) => {
  const { path, run, text } = await openProject(t);
  await run('rotate');
  rmSync(path('state/founded.json'));
  await run('build');
  assert.equal(JSON.parse(text('cluster.lock.json')).rotated, 1);
  assert.match(text('dist/nodes/52-54-00-12-00-01/user-data'), /"founded": ?true/);
});

test('interrupted at any moment: the old set or the new one, whole', async (t) => {
  const { path, run, text, issued } = await openProject(t);
  const old = new Map(['agent-token', 'peer-key'].map((name) => [name, text(`secrets/${name}`)]));
  await run('rotate');
  const { sets } = issued();
  for (const left of [['agent-token', 'peer-key'], ['peer-key']]) {
    for (const name of left) writeFileSync(path(`secrets/${name}`), old.get(name) ?? '');
    assert.deepEqual(await run('build').then(({ status }) => status), 0);
    assert.deepEqual(issued().sets, sets);
    assert.equal(text('secrets/agent-token').trim(), sets[0]?.agentToken);
    assert.equal(text('secrets/peer-key').trim(), sets[0]?.peerKey);
  }
  writeFileSync(path('secrets/peer-key'), 'f'.repeat(64));
  assert.match((await run('build')).stderr, /the peer key differs from the one in secrets\/issued/);
});

test('without a cluster, or while another rotation goes on, nothing changes', async (t) => {
  for (const latch of [null, { ...LATCH, epoch: 1 }]) {
    const { run, issued, text } = await openProject(t, latch);
    if (latch !== null) await run('rotate');
    const [sets, lock] = [issued().sets, text('cluster.lock.json')];
    const { status, stderr } = await run('rotate');
    assert.equal(status, 1);
    assert.match(
      stderr,
      latch === null
        ? /^rotate: no cluster has been founded yet.*\n {2}hint: boot the servers first; .*'founded: true'/
        : /^rotate: the last rotation has not ended\n {2}hint: .*rotate --end/,
    );
    assert.deepEqual([issued().sets, text('cluster.lock.json')], [sets, lock]);
  }
});

test('--end says who is left behind, and takes a typed word', async (t) => {
  const { run, typing, issued, uses } = await openProject(t);
  assert.match((await run('rotate', '--end')).stderr, /there is nothing to end/);
  await run('rotate');
  const [newest, oldest] = issued().sets;
  uses('n1', newest?.id ?? '');
  uses('n2', oldest?.id ?? '');
  const refused = await typing('yes', '--end').catch((error: Error) => error.message);
  assert.match(String(refused), /'end' was not typed; nothing was changed/);
  assert.equal(issued().sets.length, 2);
  const { status, stdout } = await typing('end', '--end');
  assert.equal(status, 0);
  assert.match(stdout, /^rotation: 1 of 2 nodes work with the new secrets\n/);
  assert.match(stdout, /not yet, as far as they have told Genesis: n2\n {2}not known, .*: ram\n/);
  assert.match(stdout, /must be\nwiped \(a new 'wipe:' word\)/);
  assert.deepEqual(issued().sets, [newest]);
  assert.equal((await run('build')).status, 0);
  assert.equal((await run('rotate')).status, 0);
});

test('status says how far it is, while there is something to say', async (t) => {
  const { run, issued, uses } = await openProject(t);
  assert.doesNotMatch((await run('status')).stdout, /rotation/);
  await run('rotate');
  uses('n1', issued().sets[0]?.id ?? '');
  assert.match(
    (await run('status')).stdout,
    /\nrotation: 1 of 2 nodes work with the new secrets\n {2}not yet, .*: n2\n/,
  );
});
