// What `start` fetches by itself, against publishers on loopback.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import {
  makeKey,
  mirrorsAt,
  publishSite,
  type TestKey,
  type TrialSite,
  trialIpxe,
} from '../fetch/publisher.trial.ts';
import { BUSYBOX_VERSION } from '../fetch/sources/busybox.trial.ts';
import { addK3s, packIpxe } from '../fetch/sources/releases.trial.ts';
import { addArchive } from '../fetch/sources/ubuntu/noble.trial.ts';
import { publish } from '../fetch/web-server.trial.ts';
import { fetchSmall } from './fetch-small.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk';
const ALL = ['keys', 'k3s', 'ipxe', 'busybox'] as const;

let key: TestKey;
before(async () => {
  key = await makeKey();
});

/** Packed once: its bytes hold the time. */
let ipxe: Buffer | undefined;

async function makeSite(t: TestContext): Promise<TrialSite> {
  ipxe ??= await packIpxe(t);
  const site: TrialSite = {
    '/ipxe/v2.0.0/ipxeboot.tar.gz': ipxe,
    '/github/anna.keys': Buffer.from(`${KEY}\n`),
  };
  addK3s(site, 'v1.34.9+k3s1', ['stable']);
  await addArchive(site, key, {});
  return site;
}

function openProject(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-small-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inventory = join(folder, 'nodes.yaml');
  const media = join(folder, 'media');
  const node = '{ name: a, mac: 52:54:00:12:34:01 }';
  writeFileSync(inventory, `ssh: { keys: [gh:anna] }\nnodes: [${node}]\n`);
  const said: string[] = [];
  const keys = [{ key: key.publicKey, keyring: 'trial.gpg' }];
  const believed = { name: 'the trial publisher', keys };
  const lockText = () => readFileSync(join(folder, 'media.lock.json'), 'utf8');
  const fetch = (base: string, more: { seconds?: number; signal?: AbortSignal } = {}) =>
    fetchSmall(
      {
        ...{ inventory, media, mirrors: mirrorsAt(base), seconds: 20 },
        ipxeFolder: join(folder, 'none'),
        busyboxFolders: [join(folder, 'none')],
        signers: { archive: believed, images: believed },
        ipxe: trialIpxe(ipxe === undefined ? {} : { '/ipxe/v2.0.0/ipxeboot.tar.gz': ipxe }),
        say: (line) => said.push(line),
        ...more,
      },
      ALL,
    );
  return { folder, media, said, fetch, lockText };
}

test('keys, the k3s version, iPXE and busybox; the second time without requests', async (t) => {
  const { media, said, fetch, lockText } = openProject(t);
  const { base, paths } = await publishSite(t, await makeSite(t), key);
  assert.equal(await fetch(base), true);
  assert.deepEqual(said, [
    'fetched keys gh:anna: ssh-ed25519 …OTVR+7nk (new); k3s stable: v1.34.9+k3s1 (new); ipxe: 2.0.0 (new); ' +
      `busybox amd64: ${BUSYBOX_VERSION} (new)`,
  ]);
  assert.ok(existsSync(join(media, 'ipxe/undionly.kpxe')));
  assert.ok(existsSync(join(media, 'busybox/amd64/busybox')));
  assert.match(lockText(), /"k3s stable": "v1\.34\.9\+k3s1"/);
  assert.ok(!existsSync(join(media, 'k3s')), 'k3s itself is not small');
  const asked = paths().length;
  assert.equal(await fetch(base), false);
  assert.deepEqual([paths().length, said.length], [asked, 1]);
});

test('what is pinned but missing is fetched again, and reported, so that a build follows', async (t) => {
  const { media, said, fetch, lockText } = openProject(t);
  const { base } = await publishSite(t, await makeSite(t), key);
  await fetch(base);
  const lock = lockText();
  rmSync(media, { recursive: true });
  assert.equal(await fetch(base), true);
  assert.equal(said[1], 'fetched iPXE; busybox amd64');
  assert.equal(lockText(), lock);
});

test('an unavailable file does not stop the others', async (t) => {
  const { said, fetch, lockText } = openProject(t);
  const site = await makeSite(t);
  delete site['/github/anna.keys'];
  delete site['/ipxe/v2.0.0/ipxeboot.tar.gz'];
  const { base } = await publishSite(t, site, key);
  assert.equal(await fetch(base), true);
  assert.match(lockText(), /k3s stable/);
  assert.equal(said.length, 2);
  assert.match(
    said[1] ?? '',
    /^not fetched: .*anna.*; .*ipxeboot\.tar\.gz: the server answered 404/,
  );
});

test('what is refused is not fetched, and the hint is not to get online', async (t) => {
  const { media, said, fetch, lockText } = openProject(t);
  const site = await makeSite(t);
  const { base } = await publishSite(t, site, key);
  await fetch(base);
  const lock = JSON.parse(lockText());
  assert.ok('archive dists/noble/InRelease' in lock.dates);
  rmSync(media, { recursive: true });
  delete lock.resolved['busybox amd64'];
  writeFileSync(join(media, '../media.lock.json'), JSON.stringify(lock));
  await addArchive(site, key, { date: 'Wed, 16 Jul 2025 10:11:12 UTC' });
  const replay = await publishSite(t, site, key);
  await fetch(replay.base);
  assert.match(
    said.at(-1) ?? '',
    /^not fetched: .*2025-07-16T.*2025-07-17T[^\n]*\n {2}hint: run \.\/homepbp fetch, which says what to do$/,
  );
  assert.ok(!existsSync(join(media, 'busybox/amd64/busybox')));
});

test('gives up on a silent publisher in time, and says nothing when start ends', async (t) => {
  const { said, fetch, folder } = openProject(t);
  const { base } = await publish(t, {
    '/channels': () => {},
    '/github/anna.keys': () => {},
    '/ipxe/v2.0.0/ipxeboot.tar.gz': () => {},
    ...Object.fromEntries(
      ['', '-updates', '-security'].map((pocket) => [
        `/archive/dists/noble${pocket}/InRelease`,
        () => {},
      ]),
    ),
  });
  assert.equal(await fetch(base, { seconds: 0.3 }), false);
  assert.deepEqual(said, [
    'not fetched: gh:anna: timed out after 0.3 s; k3s stable: timed out after 0.3 s; iPXE: timed out after 0.3 s; busybox amd64: timed out after 0.3 s\n' +
      '  hint: run ./homepbp fetch once you are online',
  ]);
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 100);
  assert.equal(await fetch(base, { signal: stopping.signal }), false);
  assert.equal(said.length, 1);
  assert.ok(!existsSync(join(folder, 'media.lock.json')));
});
