// What is fetched in which case, against publishers on loopback.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeKey, publishSite } from '../fetch/publisher.trial.ts';
import { packIpxe } from '../fetch/sources/releases.trial.ts';
import { addArchive } from '../fetch/sources/ubuntu/noble.trial.ts';
import { FetchBeside } from './fetch-beside.ts';
import { fetchMeanwhile } from './fetch-meanwhile.ts';
import { Screen } from './screen.ts';

const INVENTORY = `os: { custom: { kernel: k, initrd: i, rootfs: r } }
nodes: [{ name: a, mac: 52:54:00:12:34:01 }]
`;
const SHA256 = 'ab'.repeat(32);
const LOCK = {
  ...{ version: 2, resolved: { 'k3s stable': 'v1' } },
  files: { 'k3s/v1/k3s-amd64': { url: 'https://k3s.example/k3s', size: 1, sha256: SHA256 } },
};

/** A project that lacks nothing but iPXE and busybox. */
async function openProject(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-meanwhile-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = await makeKey();
  const site = { '/ipxe/v2.0.0/ipxeboot.tar.gz': await packIpxe(t) };
  await addArchive(site, key, {});
  const { sources } = await publishSite(t, site, key);
  const [inventory, media] = [join(folder, 'nodes.yaml'), join(folder, 'media')];
  writeFileSync(inventory, INVENTORY);
  writeFileSync(join(folder, 'media.lock.json'), JSON.stringify(LOCK));
  mkdirSync(join(media, 'k3s/v1'), { recursive: true });
  writeFileSync(join(media, 'k3s/v1/k3s-amd64'), 'x');
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const voice = { say, log: () => {}, isJson: false, screen: new Screen(say) };
  const { signers, ipxe, mirrors } = sources;
  const none = join(folder, 'none');
  const own = { signers, ipxe, ipxeFolder: none, busyboxFolders: [none] };
  const beside = new FetchBeside();
  const [signal, seconds] = [new AbortController().signal, 20];
  let changes = 0;
  const options = { inventory, media, mirrors, say, voice, beside, signal, seconds, ...own };
  const fetch = (choice: 'yes' | 'no' | 'ask', offline = false) =>
    fetchMeanwhile({ ...options, choice, offline, changed: () => (changes += 1) });
  return { media, said, fetch, changes: () => changes };
}

test('the small things come in any case, and are built', async (t) => {
  for (const choice of ['yes', 'no', 'ask'] as const) {
    const { media, said, fetch, changes } = await openProject(t);
    await fetch(choice);
    assert.ok(existsSync(join(media, 'ipxe/undionly.kpxe')), choice);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^fetched ipxe: 2\.0\.0 \(new\); busybox amd64: /);
    assert.equal(changes(), 1);
  }
});

test('offline nothing comes', async (t) => {
  const { media, said, fetch, changes } = await openProject(t);
  await fetch('no', true);
  assert.deepEqual([said, changes(), existsSync(join(media, 'ipxe'))], [[], 0, false]);
});

test('a fault that nobody expected is said, and does not end the server', async (t) => {
  for (const choice of ['yes', 'no', 'ask'] as const) {
    const { media, said, fetch, changes } = await openProject(t);
    rmSync(media, { recursive: true });
    symlinkSync(media, media);
    await fetch(choice);
    assert.match(
      said.join('\n'),
      /^not fetched: .*ELOOP.*\n {2}hint: run \.\/homepbp fetch/,
      choice,
    );
    assert.equal(changes(), 0);
  }
});
