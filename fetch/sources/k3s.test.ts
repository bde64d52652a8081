import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { makeKey, publishSite, sha256, type TestKey, type TrialSite } from '../publisher.trial.ts';
import { type K3sWanted, parseSums, resolveK3s } from './k3s.ts';
import { addK3s } from './releases.trial.ts';

const VERSION = 'v1.34.10+k3s1';
const FOLDER = '/k3s/v1.34.10%2Bk3s1';

let key: TestKey;
before(async () => {
  key = await makeKey();
});

async function resolve(
  t: TestContext,
  wanted: Partial<K3sWanted>,
  change?: (site: TrialSite) => void,
) {
  const site: TrialSite = {};
  addK3s(site, VERSION, ['stable', 'v1.34']);
  change?.(site);
  const { base, sources, paths } = await publishSite(t, site, key);
  const release = await resolveK3s({ k3s: VERSION, archs: ['amd64'], ...wanted }, sources);
  return { base, release, site, paths };
}

test('a version: the binary and its images, with what the release says of them', async (t) => {
  const { base, release, site, paths } = await resolve(t, { archs: ['amd64', 'arm64'] });
  assert.equal(release.version, VERSION);
  const expected = [
    ['k3s-amd64', 'k3s'],
    ['k3s-airgap-images-amd64.tar.zst', 'k3s-airgap-images-amd64.tar.zst'],
    ['k3s-arm64', 'k3s-arm64'],
    ['k3s-airgap-images-arm64.tar.zst', 'k3s-airgap-images-arm64.tar.zst'],
  ].map(([ours, theirs]) => {
    const content = site[`${FOLDER}/${theirs}`] ?? assert.fail(`${theirs} is not published`);
    return {
      path: `k3s/${VERSION}/${ours}`,
      url: `${base}${FOLDER}/${theirs}`,
      size: content.length,
      sha256: sha256(content),
      version: VERSION,
    };
  });
  assert.deepEqual(release.files, expected);
  assert.ok(!paths().includes('/channels'), 'an exact version asks for no channel');
});

test('a channel resolves to its current version', async (t) => {
  const { release } = await resolve(t, { k3s: 'stable' });
  assert.equal(release.version, VERSION);
  assert.equal(release.files.length, 2);
});

test('an unknown channel, and one without a version', async (t) => {
  const expected =
    /there is no channel '(stabel|testing)'\n {2}hint: the channels are stable, v1\.34/;
  await assert.rejects(resolve(t, { k3s: 'stabel' }), expected);
  await assert.rejects(resolve(t, { k3s: 'testing' }), expected);
});

test('neither a version nor a channel', async (t) => {
  for (const k3s of ['../../etc', 'v1.34.10+k3s1/..', '', 'Stable']) {
    await assert.rejects(resolve(t, { k3s }), /is not a k3s version or channel\n {2}hint/);
  }
});

test('a version from the channels that would lead elsewhere is not used', async (t) => {
  const data = [{ id: 'stable', latest: '../../../etc/passwd' }];
  const spoil = (site: TrialSite) => {
    site['/channels'] = Buffer.from(JSON.stringify({ data }));
  };
  await assert.rejects(resolve(t, { k3s: 'stable' }, spoil), /not a list of k3s channels/);
});

test('a login page instead of the channels', async (t) => {
  const spoil = (site: TrialSite) => {
    site['/channels'] = Buffer.from('<html>');
  };
  await assert.rejects(
    resolve(t, { k3s: 'stable' }, spoil),
    /not a list of k3s channels\n {2}hint: set the exact version/,
  );
});

test('a version that was never released', async (t) => {
  const missing = resolve(t, { k3s: 'v1.99.0+k3s1' });
  await assert.rejects(missing, /sha256sum-amd64\.txt: there is no k3s v1\.99\.0\+k3s1/);
});

test('a release without a hash of the images, or without the images', async (t) => {
  const sums = `${FOLDER}/sha256sum-amd64.txt`;
  const images = 'k3s-airgap-images-amd64.tar.zst';
  const dropHash = (site: TrialSite) => {
    site[sums] = Buffer.from(String(site[sums]).replace(images, 'other'));
  };
  await assert.rejects(resolve(t, {}, dropHash), new RegExp(`it has no hash for ${images}`));
  const dropFile = (site: TrialSite) => {
    delete site[`${FOLDER}/${images}`];
  };
  await assert.rejects(resolve(t, {}, dropFile), new RegExp(`${images}: the server answered 404`));
});

test('lines of sha256sum, for text and binary files, and others between them', () => {
  const [a, b] = ['a'.repeat(64), 'B'.repeat(64)];
  const sums = parseSums(`# sums\n${a}  k3s\r\n${b} *./k3s-arm64\n${a.slice(1)}  short\n`);
  assert.deepEqual(
    [...sums],
    [
      ['k3s', a],
      ['k3s-arm64', 'b'.repeat(64)],
    ],
  );
});
