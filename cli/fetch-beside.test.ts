// The whole fetch beside serving, against publishers on loopback.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { type FetchView, MAX_FETCH_TEXT } from '../contract/timeline.ts';
import { makeKey, publishSite, type TestKey, type TrialSite } from '../fetch/publisher.trial.ts';
import { addK3s, packIpxe } from '../fetch/sources/releases.trial.ts';
import { BUILD, noble } from '../fetch/sources/ubuntu/noble.trial.ts';
import { FetchBeside } from './fetch-beside.ts';
import { Screen } from './screen.ts';

let key: TestKey;
before(async () => {
  key = await makeKey();
});

async function makeSite(t: TestContext): Promise<TrialSite> {
  const site = await noble(key, { builds: [{ ...BUILD, serial: '20250716' }] });
  addK3s(site, 'v1.34.9+k3s1', ['stable']);
  site['/ipxe/v2.0.0/ipxeboot.tar.gz'] = await packIpxe(t);
  return site;
}

/** A project whose publishers have this site; what it said, and what the page saw at each line. */
async function openProject(t: TestContext, site: TrialSite) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-beside-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [inventory, media] = [join(folder, 'nodes.yaml'), join(folder, 'media')];
  const node = '{ name: a, mac: 52:54:00:12:34:01 }';
  writeFileSync(inventory, `os: { release: 24.04 }\nnodes: [${node}]\n`);
  const { sources } = await publishSite(t, site, key);
  const beside = new FetchBeside();
  const stopping = new AbortController();
  const [said, seen]: [string[], (FetchView | null)[]] = [[], []];
  const say = (line: string) => {
    said.push(line);
    seen.push(beside.view());
  };
  const none = join(folder, 'none');
  const { signers, ipxe, mirrors } = sources;
  const parts = { signers, ipxe, ipxeFolder: none, busyboxFolders: [none] };
  const screen = new Screen(say);
  const run = () => {
    const { signal } = stopping;
    return beside.run({ inventory, media, mirrors, signal, screen, say, terminal: null, parts });
  };
  return { beside, media, stopping, said, seen, screen, run };
}

test('everything comes; the page sees it while it does, and nothing afterwards', async (t) => {
  const { beside, media, said, seen, run } = await openProject(t, await makeSite(t));
  assert.equal(beside.view(), null);
  assert.equal(await run(), true);
  assert.ok(existsSync(join(media, 'os/24.04-amd64/rootfs.squashfs')));
  assert.match(said.at(-1) ?? '', /: \d+ files fetched \(.*\), \d+ already present$/);
  assert.equal(beside.view(), null);
  const during = seen.findLast((view) => (view?.totalBytes ?? 0) > 0);
  assert.equal(during?.state, 'running');
  assert.ok((during?.bytes ?? 0) > 0);
});

test('a fault is printed and stays on the page, cut to its bound, until all is there', async (t) => {
  const site = await makeSite(t);
  for (const path of Object.keys(site)) if (path.startsWith('/k3s/')) delete site[path];
  const { beside, said, run } = await openProject(t, site);
  assert.equal(await run(), false);
  assert.match(said.at(-1) ?? '', /^not fetched: .*there is no k3s/);
  const view = beside.view();
  assert.equal(view?.state, 'failed');
  assert.match(view?.error ?? '', /there is no k3s v1\.34\.9\+k3s1 hint: /);
  assert.ok((view?.error ?? '').length <= MAX_FETCH_TEXT);
  assert.doesNotMatch(view?.error ?? '', /\n/);
  beside.forgetFault();
  assert.equal(beside.view(), null);
});

test('when the program ends, nothing is said and nothing is left drawn', async (t) => {
  const { beside, stopping, said, screen, run } = await openProject(t, await makeSite(t));
  stopping.abort(new Error('stopped'));
  assert.equal(await run(), false);
  assert.equal(beside.view(), null);
  assert.doesNotMatch(said.join('\n'), /not fetched/);
  said.length = 0;
  screen.print('next');
  assert.deepEqual(said, ['next']);
});

test('a fault that nobody expected does not end the server', async (t) => {
  const { media, beside, said, run } = await openProject(t, await makeSite(t));
  writeFileSync(media, 'a file, not a folder');
  assert.equal(await run(), false);
  assert.match(said.at(-1) ?? '', /^not fetched: /);
  assert.equal(beside.view()?.state, 'failed');
  rmSync(media);
  mkdirSync(media);
  assert.equal(await run(), true);
});
