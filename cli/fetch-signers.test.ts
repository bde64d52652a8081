// Publishers that sign with a key of their own: what `fetch` says, followed step by step.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { NO_PROGRESS } from '../fetch/progress.ts';
import { makeKey, mirrorsAt, publishSite, type TestKey } from '../fetch/publisher.trial.ts';
import { addK3s, packIpxe } from '../fetch/sources/releases.trial.ts';
import { noble } from '../fetch/sources/ubuntu/noble.trial.ts';
import { fetchMedia } from './fetch-media.ts';
import { fetchSmall } from './fetch-small.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const NODE = '{ name: a, mac: 52:54:00:12:34:01 }';

let known: TestKey;
let own: TestKey;
before(async () => {
  [known, own] = await Promise.all([makeKey(), makeKey()]);
});

/** A project whose publishers sign with `own`, while HomePBP knows `known`. */
async function openProject(t: TestContext, project = makeFolder(t)) {
  const site = await noble(own);
  addK3s(site, 'v1.34.9+k3s1', ['stable']);
  site['/ipxe/v2.0.0/ipxeboot.tar.gz'] = await packIpxe(t);
  const { base, sources } = await publishSite(t, site, known);
  const { signers, ipxe } = sources;
  const [inventory, media] = [join(project, 'nodes.yaml'), join(project, 'media')];
  writeFileSync(inventory, `os: { release: 24.04 }\nnodes: [${NODE}]\n`);
  const none = join(project, 'none');
  const parts = {
    ...{ signers, ipxe, progress: NO_PROGRESS, signal: new AbortController().signal },
    ...{ ipxeFolder: none, busyboxFolders: [none] },
  };
  const options = { update: new Set<never>(), dryRun: false, allowDowngrade: false, media };
  const mirrors = mirrorsAt(base);
  const fetch = (...inventories: string[]) =>
    fetchMedia({ ...options, mirrors, inventories: [inventory, ...inventories] }, parts);
  return { project, inventory, media, mirrors, parts, fetch };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-signers-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => null,
    (error: Error) => error.message,
  );
  return outcome ?? assert.fail('it was taken');
}

/** Does what the message says. */
function trust(message: string): string {
  const [, path = ''] = /save its public key as (\S+)$/m.exec(message) ?? [];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, own.publicKey.armor());
  return path;
}

test('following the errors of fetch leads to everything, one publisher after the other', async (t) => {
  const { project, media, fetch } = await openProject(t);
  const name = own.publicKey.getFingerprint().toUpperCase();
  for (const [publisher, list] of [
    ['images', 'index.sjson'],
    ['archive', 'InRelease'],
  ]) {
    const message = await refusal(fetch());
    assert.match(message, new RegExp(`^http\\S+/${list}: signed by the key ${name}, not by `));
    assert.equal(trust(message), join(project, `trusted-signers/${publisher}/${name}.asc`));
  }
  await fetch();
  assert.ok(existsSync(join(media, 'os/24.04-amd64/rootfs.squashfs')));
  assert.ok(existsSync(join(media, 'busybox/amd64/busybox')));
});

test("one project's trust is not another's, though they are fetched together", async (t) => {
  const { project, fetch } = await openProject(t);
  trust(await refusal(fetch()));
  trust(await refusal(fetch()));
  const other = makeFolder(t);
  const inventory = join(other, 'nodes.yaml');
  writeFileSync(inventory, `os: { release: 24.04 }\nnodes: [${NODE}]\n`);
  const message = await refusal(fetch(inventory));
  assert.ok(message.includes(join(other, 'trusted-signers/images')), message);
  assert.ok(existsSync(join(project, 'media.lock.json')), 'the first one was fetched');
});

test('a broken file there is reported before anything is fetched', async (t) => {
  const { project, fetch } = await openProject(t);
  mkdirSync(join(project, 'trusted-signers'));
  writeFileSync(join(project, 'trusted-signers/key.asc'), own.publicKey.armor());
  assert.match(await refusal(fetch()), /trusted-signers\/key\.asc: a key is trusted for one/);
});

test('the small things of start: an unknown signer is named, and then trusted in the same place', async (t) => {
  const { project, inventory, media, mirrors, parts } = await openProject(t);
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const fetch = () =>
    fetchSmall({ ...parts, inventory, media, mirrors, seconds: 20, say }, ['busybox']);
  assert.equal(await fetch(), false);
  const name = own.publicKey.getFingerprint().toUpperCase();
  assert.match(
    said.splice(0).join('\n'),
    new RegExp(`: signed by the key ${name}, not by .*\n {2}hint: run ./homepbp fetch, which says`),
  );
  trust(`save its public key as ${join(project, `trusted-signers/archive/${name}.asc`)}`);
  assert.equal(await fetch(), true);
});

test('the command says it in words, with paths as the inventory was given', async (t) => {
  const { project, mirrors } = await openProject(t);
  const result = await runHomepbp(['fetch', '--dry-run', '--mirror', `images=${mirrors.images}`], {
    cwd: project,
    home: project,
  });
  assert.equal(result.status, 1);
  const name = own.publicKey.getFingerprint().toUpperCase();
  const file = `trusted-signers/images/${name}.asc`;
  assert.deepEqual(result.stderr.split('\n').slice(-11), [
    `${mirrors.images}/streams/v1/index.sjson: signed by the key ${name}, not by Ubuntu's image builders`,
    '  hint: it was not used; try another network or mirror, and if that does not help, do not trust that server',
    '  Trust the key by hand only if the publisher, or whoever runs your mirror, gives you its fingerprint',
    "  by another way than that server. It then counts in this project, for Ubuntu's image builders only:",
    '    1. mkdir -p trusted-signers/images',
    `    2. save its public key as ${file}`,
    `    3. gpg --show-keys ${file}`,
    '       must print the fingerprint that you were given: compare all of its digits',
    '    4. ./homepbp fetch',
    '  More: docs/media.md, "Trusting a signer by hand"',
    '',
  ]);
});
