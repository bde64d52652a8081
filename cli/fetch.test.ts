// The whole command against publishers on loopback, which are filled as the real ones are.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { type MediaLock, mediaLockSchema } from '../contract/media-lock.ts';
import { withLock } from '../durable/lock.ts';
import { NO_PROGRESS } from '../fetch/progress.ts';
import {
  makeKey,
  mirrorsAt,
  publishSite,
  type TestKey,
  type TrialSite,
} from '../fetch/publisher.trial.ts';
import { BUSYBOX_VERSION } from '../fetch/sources/busybox.trial.ts';
import { addK3s, packIpxe } from '../fetch/sources/releases.trial.ts';
import { addArchive, BUILD, noble } from '../fetch/sources/ubuntu/noble.trial.ts';
import { addImages } from '../fetch/sources/ubuntu/site.trial.ts';
import { trialBusybox } from '../formats/elf.trial.ts';
import { takeUpdate } from './fetch.ts';
import { type FetchOptions, type FetchParts, fetchMedia } from './fetch-media.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk`;
const INVENTORY = `os: { release: 24.04 }
ssh: { keys: [gh:anna] }
nodes:
  - { name: k8s-node01, mac: 52:54:00:12:34:01 }
`;
const INITRD = 'os/24.04-amd64/initrd';

let key: TestKey;
/** Packed once: its bytes hold the time. */
let ipxe: Buffer | undefined;
before(async () => {
  key = await makeKey();
});

/** All publishers, as they are on some day. */
async function makeSite(
  t: TestContext,
  serial = '20250716',
  k3s = 'v1.34.9+k3s1',
): Promise<TrialSite> {
  const site = await noble(key, { builds: [{ ...BUILD, serial }] });
  addK3s(site, k3s, ['stable']);
  ipxe ??= await packIpxe(t);
  site['/ipxe/v2.0.0/ipxeboot.tar.gz'] = ipxe;
  site['/github/anna.keys'] = Buffer.from(`${KEY}\n`);
  return site;
}

/** A project in a folder of its own; its publishers are those of the last `publish`. */
function openProject(t: TestContext, inventory = INVENTORY) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-fetch-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'nodes.yaml');
  const media = join(folder, 'media');
  writeFileSync(path, inventory);
  let parts: FetchParts | undefined;
  let base = '';
  let paths: () => string[] = () => [];
  const said: string[] = [];
  return {
    folder,
    media,
    said,
    paths: () => paths(),
    async publish(site: TrialSite) {
      const published = await publishSite(t, site, key);
      base = published.base;
      paths = published.paths;
      const progress = { ...NO_PROGRESS, note: (line: string) => said.push(line) };
      const signal = new AbortController().signal;
      const ipxeFolder = join(folder, 'usr/lib/ipxe');
      const busyboxFolders = [join(folder, 'usr/bin')];
      const own = { ipxeFolder, busyboxFolders };
      const { signers, ipxe } = published.sources;
      parts = { signers, ipxe, progress, signal, ...own };
    },
    fetch(options: Partial<FetchOptions> = {}, trace?: FetchParts['trace']) {
      said.length = 0;
      assert.ok(parts !== undefined);
      const mirrors = mirrorsAt(base);
      const usual = {
        inventories: [path],
        media,
        update: new Set<never>(),
        dryRun: false,
        allowDowngrade: false,
        mirrors,
      };
      return fetchMedia({ ...usual, ...options }, { ...parts, trace });
    },
    run: (...words: string[]) =>
      runHomepbp(['fetch', '--inventory', path, '--media', media, ...words], {
        cwd: folder,
        home: folder,
      }),
    lock: (): MediaLock =>
      mediaLockSchema.parse(JSON.parse(readFileSync(join(folder, 'media.lock.json'), 'utf8'))),
    /** Files of media/ but for the index. */
    files: () =>
      readdirSync(media, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map((entry) => join(entry.parentPath, entry.name).slice(media.length + 1))
        .sort(),
  };
}

test('fills an empty media/ with exactly the files in the lock, each verified', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  const [result] = await project.fetch();
  const lock = project.lock();
  assert.deepEqual(project.files(), Object.keys(lock.files).sort());
  for (const [path, { sha256 }] of Object.entries(lock.files)) {
    const found = createHash('sha256').update(readFileSync(join(project.media, path)));
    assert.equal(found.digest('hex'), sha256, path);
  }
  assert.deepEqual(lock.resolved, {
    'busybox amd64': BUSYBOX_VERSION,
    ipxe: '2.0.0',
    'k3s stable': 'v1.34.9+k3s1',
    'os 24.04-amd64': '20250716',
  });
  assert.deepEqual(lock.keys, { 'gh:anna': [KEY] });
  assert.ok(lock.files['ipxe/snponly.efi']?.member !== undefined);
  assert.deepEqual(
    readFileSync(join(project.media, 'busybox/amd64/busybox')),
    trialBusybox('amd64'),
  );
  assert.match(result ?? '', /media: \d+ files fetched \(\d.* kB\), 0 already present$/);
  assert.ok(project.said.includes('k3s stable: v1.34.9+k3s1 (new)'), project.said.join('\n'));
});

test('--verbose tells of each request, each hash and each signature', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  const told: string[] = [];
  await project.fetch({}, (line) => told.push(line));
  const requests = told.filter((line) => /^GET http:\S+: 200, \d+ bytes$/.test(line));
  assert.equal(requests.length, project.paths().length);
  for (const [path, { member, sha256 }] of Object.entries(project.lock().files)) {
    if (member === undefined)
      assert.ok(
        told.some((line) => line.startsWith(`${path}: SHA-256 ${sha256}, `)),
        path,
      );
  }
  const signer = `key ${key.publicKey.getFingerprint().toUpperCase()} of trial.gpg`;
  assert.ok(told.some((line) => line.includes('InRelease: signed by ') && line.endsWith(signer)));
});

test('a second fetch makes no requests and changes nothing', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  const before = readFileSync(join(project.folder, 'media.lock.json'));
  const asked = project.paths().length;
  const [result] = await project.fetch();
  assert.match(result ?? '', / 0 files fetched \(0 B\), \d+ already present$/);
  assert.equal(project.paths().length, asked);
  assert.deepEqual(readFileSync(join(project.folder, 'media.lock.json')), before);
});

test('a lock alone reproduces media/, without asking for newer versions', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  const lock = project.lock();
  const files = project.files();
  const asked = project.paths().length;
  rmSync(project.media, { recursive: true });
  await project.fetch();
  assert.deepEqual(project.lock(), lock);
  assert.deepEqual(project.files(), files);
  const again = project.paths().slice(asked);
  const pinned = Object.values(lock.files).map(({ url }) => new URL(url).pathname);
  assert.deepEqual(again.sort(), [...new Set(pinned)].sort());
});

test('firmware is fetched for nodes that have a disk, and pruned with the last of them', async (t) => {
  const diskless = `${INVENTORY}cluster: { founded: true }\ndefaults: { disk: none, role: agent }\n`;
  const project = openProject(t, diskless);
  await project.publish(await makeSite(t));
  await project.fetch();
  const firmware = () => project.files().filter((path) => path.includes('/firmware/'));
  assert.deepEqual(firmware(), []);
  writeFileSync(join(project.folder, 'nodes.yaml'), INVENTORY);
  const [result] = await project.fetch();
  assert.match(result ?? '', / 1 files fetched /);
  const file = 'os/24.04-amd64/firmware/linux-firmware_20240318.git3b128b60-0ubuntu2_amd64.deb';
  assert.deepEqual(firmware(), [file]);
  assert.deepEqual(project.said, [], 'it was pinned with the system');
  writeFileSync(join(project.folder, 'nodes.yaml'), diskless);
  assert.match(
    (await project.run('--prune')).stdout,
    new RegExp(`^${file.replaceAll('.', '\\.')} `, 'm'),
  );
  assert.deepEqual(firmware(), []);
});

test('--update moves the pins that it names and no others, and says old → new', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  await project.publish(await makeSite(t, '20250801', 'v1.34.10+k3s1'));
  await project.fetch({ update: new Set(['k3s'] as const) });
  assert.deepEqual(
    project.said.filter((line) => line.includes('→')),
    ['k3s stable: v1.34.9+k3s1 → v1.34.10+k3s1'],
  );
  const lock = project.lock();
  assert.equal(lock.resolved['os 24.04-amd64'], '20250716');
  const k3s = Object.keys(lock.files).filter((path) => path.startsWith('k3s/'));
  assert.deepEqual(k3s.sort(), [
    'k3s/v1.34.10+k3s1/k3s-airgap-images-amd64.tar.zst',
    'k3s/v1.34.10+k3s1/k3s-amd64',
  ]);
  await project.fetch({ update: new Set(['os', 'ipxe', 'keys'] as const) });
  assert.deepEqual(
    project.said.filter((line) => line.includes('→')),
    ['os 24.04-amd64: 20250716 → 20250801'],
  );
});

const TODAY = 'Thu, 17 Jul 2025 10:11:12 UTC';
const YESTERDAY = 'Wed, 16 Jul 2025 10:11:12 UTC';

test('a replay of yesterday is refused by its dates and changes nothing; --allow-downgrade takes it', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  assert.equal(Object.values(project.lock().dates)[0], new Date(TODAY).toISOString());
  const before = readFileSync(join(project.folder, 'media.lock.json'));
  const files = project.files();
  const replayed = await noble(key, { date: YESTERDAY });
  await project.publish({ ...(await makeSite(t)), ...replayed });
  for (const kind of ['os', 'busybox'] as const) {
    // Not even where this computer has a busybox of its own.
    mkdirSync(join(project.folder, 'usr/bin'), { recursive: true });
    writeFileSync(join(project.folder, 'usr/bin/busybox'), trialBusybox('amd64'));
    await assert.rejects(project.fetch({ update: new Set([kind]) }), {
      name: 'Refusal',
      message: /2025-07-16T10:11:12Z, but .* 2025-07-17T10:11:12Z\n.*--allow-downgrade/,
    });
  }
  assert.deepEqual(readFileSync(join(project.folder, 'media.lock.json')), before);
  assert.deepEqual(project.files(), files);
  await project.fetch({ update: new Set(['os'] as const), allowDowngrade: true });
  assert.deepEqual(
    new Set(Object.values(project.lock().dates)),
    new Set([new Date(YESTERDAY).toISOString()]),
  );
});

test('a lower serial under a newer date is refused as well, naming both', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t, '20250716'));
  await project.fetch();
  await project.publish(await makeSite(t, '20250715', 'v1.34.8+k3s1'));
  const update = new Set(['os', 'k3s'] as const);
  await assert.rejects(project.fetch({ update }), {
    message:
      /^os 24\.04-amd64: .* 20250715, .* 20250716 in media\.lock\.json\nk3s stable: .* v1\.34\.8\+k3s1, .* v1\.34\.9\+k3s1 in/,
  });
  assert.equal(project.lock().resolved['os 24.04-amd64'], '20250716');
  await project.fetch({ update, allowDowngrade: true });
  assert.ok(project.said.includes('os 24.04-amd64: 20250716 → 20250715'), project.said.join());
});

test('an iPXE pinned before its hash was known is reported if it is another one', async (t) => {
  const project = openProject(t);
  const site = await makeSite(t);
  await project.publish(site);
  await project.fetch();
  assert.ok(!project.said.some((line) => line.includes('another iPXE')));
  const { sha256 } = project.lock().files['ipxe/ipxeboot-2.0.0.tar.gz'] ?? assert.fail();
  // Another time in gzip's header (RFC 1952): other bytes, the same programs.
  const other = Buffer.concat([site['/ipxe/v2.0.0/ipxeboot.tar.gz'] ?? assert.fail()]);
  other.writeUInt8(other.readUInt8(4) ^ 1, 4);
  await project.publish({ ...site, '/ipxe/v2.0.0/ipxeboot.tar.gz': other });
  await project.fetch();
  assert.deepEqual(project.said, [
    `warning: media.lock.json has another iPXE 2.0.0 than HomePBP knows (SHA-256 ${sha256})\n` +
      '  hint: unless it is a build of your own, run ./homepbp fetch --update ipxe',
  ]);
  await project.fetch({ update: new Set(['ipxe'] as const) });
  assert.ok(!project.said.some((line) => line.includes('another iPXE')));
});

test('a lock without dates, of an earlier HomePBP, is used, and gets them with the next update', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  const path = join(project.folder, 'media.lock.json');
  const { dates, ...old } = { ...project.lock(), version: 1 };
  writeFileSync(path, JSON.stringify(old));
  await project.fetch();
  assert.equal(project.lock().version, 1, 'nothing changed');
  await project.fetch({ update: new Set(['os'] as const) });
  assert.deepEqual(project.lock(), { ...old, version: 2, dates });
});

test('files that change under the same version are reported', async (t) => {
  const project = openProject(t);
  const site = await makeSite(t);
  await project.publish(site);
  await project.fetch();
  const folder = '/k3s/v1.34.9%2Bk3s1';
  const sums = Buffer.from(site[`${folder}/sha256sum-amd64.txt`] ?? '').toString();
  const old = createHash('sha256').update(site[`${folder}/k3s`] ?? '');
  site[`${folder}/k3s`] = Buffer.from('another program');
  const now = createHash('sha256').update('another program').digest('hex');
  site[`${folder}/sha256sum-amd64.txt`] = Buffer.from(sums.replace(old.digest('hex'), now));
  await project.publish(site);
  await project.fetch({ update: new Set(['k3s'] as const) });
  assert.ok(
    project.said.includes(
      'k3s stable: v1.34.9+k3s1 → v1.34.9+k3s1, whose files the publisher has changed',
    ),
    project.said.join('\n'),
  );
});

test('--dry-run prints what would be downloaded, and leaves no trace', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  const [result] = await project.fetch({ dryRun: true });
  assert.match(result ?? '', /^os\/24.04-amd64\/vmlinuz \(4.1 kB\)$/m);
  assert.match(result ?? '', /media: \d+ files to fetch \(/);
  assert.deepEqual(readdirSync(project.folder), ['nodes.yaml']);
});

test("without iPXE's release the distribution's is used, with a message; without both it fails", async (t) => {
  const project = openProject(t);
  const site = await makeSite(t);
  delete site['/ipxe/v2.0.0/ipxeboot.tar.gz'];
  await project.publish(site);
  await assert.rejects(project.fetch(), /ipxeboot.tar.gz: the server answered 404/);
  mkdirSync(join(project.folder, 'usr/lib/ipxe'), { recursive: true });
  writeFileSync(join(project.folder, 'usr/lib/ipxe/undionly.kpxe'), 'program');
  await project.fetch();
  assert.match(project.said.join('\n'), /iPXE's release is unavailable, so this computer's own/);
  assert.equal(project.lock().resolved.ipxe, undefined);
});

test("busybox: the distribution's is used if the archive has none, for its own architecture only", async (t) => {
  const project = openProject(t, INVENTORY.replace('24.04', '22.04'));
  const site = await makeSite(t);
  await addImages(
    site,
    [{ ...BUILD, release: '22.04', codename: 'jammy', kernel: 'ga-22.04' }],
    key,
  );
  await addArchive(site, key, { codename: 'jammy' });
  delete site['/archive/dists/noble-updates/InRelease'];
  await project.publish(site);
  mkdirSync(join(project.folder, 'usr/bin'), { recursive: true });
  const own = join(project.folder, 'usr/bin/busybox');
  writeFileSync(own, trialBusybox('arm64'));
  await assert.rejects(project.fetch(), /noble-updates\/InRelease: the server answered 404/);
  writeFileSync(own, trialBusybox('amd64'));
  await project.fetch();
  assert.match(
    project.said.join('\n'),
    /Ubuntu's busybox for amd64 is unavailable, so this computer/,
  );
  assert.equal(project.lock().resolved['busybox amd64'], undefined);
});

test('a pinned serial that the publisher no longer serves: file, URL and next step', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  rmSync(project.media, { recursive: true });
  const site = await makeSite(t, '20250801');
  await project.publish(site);
  const lock = readFileSync(join(project.folder, 'media.lock.json'), 'utf8');
  // The lock names the old publisher's port, at which nothing is of this test any more.
  const { base } = await publishSite(t, site, key);
  writeFileSync(
    join(project.folder, 'media.lock.json'),
    lock.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, base),
  );
  await assert.rejects(project.fetch(), (error: Error) => {
    assert.match(
      error.message,
      /^os\/24.04-amd64\/rootfs.squashfs: http:.*noble\/amd64\/20250716\/squashfs: the server answered 404/m,
    );
    assert.match(error.message, /run \.\/homepbp fetch --update, or use a --mirror/);
    return true;
  });
  assert.ok(!existsSync(join(project.media, INITRD)));
});

test('--check hashes everything again and removes wrong files, exit 1; fetch restores them', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  const whole = await project.run('--check');
  assert.equal(whole.status, 0, whole.stderr);
  const initrd = readFileSync(join(project.media, INITRD));
  const damaged = Buffer.from(initrd);
  damaged.write('X');
  writeFileSync(join(project.media, INITRD), damaged);
  rmSync(join(project.media, 'ipxe/ipxe.efi'));
  writeFileSync(join(project.media, 'os/24.04-amd64/vmlinuz'), 'of an earlier serial');
  const { status, stdout } = await project.run('--check');
  assert.equal(status, 1);
  assert.match(stdout, /^os\/24.04-amd64\/initrd: does not match media.lock.json; removed$/m);
  assert.match(stdout, /^ipxe\/ipxe.efi: missing$/m);
  assert.match(stdout, /^os\/24.04-amd64\/vmlinuz: size differs from media.lock.json$/m);
  assert.match(stdout, /files are correct; run \.\/homepbp fetch$/m);
  await project.fetch();
  assert.deepEqual(readFileSync(join(project.media, INITRD)), initrd);
  assert.equal((await project.run('--check')).status, 0);
});

test('--check: what was never pinned counts as missing', async (t) => {
  const { status, stdout } = await openProject(t).run('--check');
  assert.equal(status, 1);
  assert.match(stdout, /^os 24.04-amd64: not in media.lock.json$/m);
  assert.match(stdout, /0 of 0 files are correct; run \.\/homepbp fetch$/m);
});

test('--prune removes what no inventory needs, and only from our own folders', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  await project.publish(await makeSite(t, '20250716', 'v1.34.10+k3s1'));
  await project.fetch({ update: new Set(['k3s'] as const) });
  const foreign = [
    'os/notes.txt',
    'family/photo.jpg',
    'k3s/readme',
    'ipxe/mine.txt',
    'busybox/amd64/notes',
  ];
  const stale = [
    'os/20.04-amd64/rootfs.squashfs',
    'os/20.04-amd64/debs/a.deb',
    'ipxe/old.efi.part',
    'busybox/arm64/busybox',
    'busybox/amd64/busybox-static_1.30.1-7ubuntu3_amd64.deb',
  ];
  for (const path of [...foreign, ...stale]) {
    mkdirSync(dirname(join(project.media, path)), { recursive: true });
    writeFileSync(join(project.media, path), 'x'.repeat(100));
  }
  symlinkSync('nowhere', join(project.media, 'k3s/v1.34.9+k3s1/dangling'));
  const before = project.files();
  const preview = await project.run('--prune', '--dry-run');
  assert.deepEqual(project.files(), before);
  const { status, stdout } = await project.run('--prune');
  assert.equal(status, 0);
  assert.match(stdout, /^os\/20.04-amd64\/rootfs.squashfs \(100 B\)$/m);
  assert.equal(preview.stdout, stdout.replace('files removed', 'files to remove'));
  const expected = [...Object.keys(project.lock().files), ...foreign].sort();
  assert.deepEqual(project.files(), expected);
  assert.ok(!existsSync(join(project.media, 'os/20.04-amd64')));
});

test('--prune keeps what another inventory needs', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  await project.fetch();
  const other = openProject(t, INVENTORY.replace('24.04', '22.04'));
  const files = project.files();
  const both = ['--media', project.media, '--inventory', join(other.folder, 'nodes.yaml')];
  assert.equal((await project.run('--prune', ...both)).status, 0);
  assert.deepEqual(project.files(), files);
});

test('two inventories in one folder share a lock, and neither loses a pin', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  const other = join(project.folder, 'other.yaml');
  writeFileSync(other, `cluster: { k3s: v1.34.9+k3s1 }\n${INVENTORY}`);
  await project.fetch({ inventories: [join(project.folder, 'nodes.yaml'), other] });
  const { resolved } = project.lock();
  assert.ok(
    'k3s stable' in resolved && 'k3s v1.34.9+k3s1' in resolved,
    Object.keys(resolved).join(),
  );
});

test('two fetches at once in one media/ are refused; leftovers of a killed one are not', async (t) => {
  const project = openProject(t);
  await project.publish(await makeSite(t));
  mkdirSync(project.media);
  const lock = join(project.media, '.fetch.lock');
  writeFileSync(lock, '999999999 left-by-a-killed-one\n');
  await project.fetch();
  const other = { wait: 0, refused: () => new Error('not ours') };
  await withLock(lock, other, () =>
    assert.rejects(project.fetch(), {
      message: `${project.media}: another fetch is running there (process ${process.pid})\n  hint: wait for it to finish`,
    }),
  );
});

test('flags: --update with and without kinds, unknown mirrors, unexpected arguments', async (t) => {
  const all = new Set(['os', 'k3s', 'ipxe', 'busybox', 'keys']);
  const parse = (line: string) => takeUpdate(line.split(' '));
  assert.deepEqual(parse('--update'), { update: all, rest: ['--update'] });
  assert.deepEqual(parse('--update os k3s --check').update, new Set(['os', 'k3s']));
  assert.deepEqual(parse('--update os k3s --check').rest, ['--update', '--check']);
  assert.deepEqual(parse('--update=os,keys').update, new Set(['os', 'keys']));
  for (const line of ['--update=kernel', '--update kernel', '--update os kernel'])
    assert.throws(
      () => parse(line),
      /--update takes os, k3s, ipxe, busybox or keys, not 'kernel'; did you mean 'os'\?$/,
    );
  const project = openProject(t);
  assert.match((await project.run('--update', 'kernel')).stderr, /kernel/);
  assert.match(
    (await project.run('--mirror', 'nonsense=http://x')).stderr,
    /--mirror takes NAME=URL/,
  );
  const plain = await project.run('--mirror', 'k3s=http://nas.lan/k3s', '--check');
  assert.equal(plain.status, 1);
  assert.match(plain.stderr, /^--mirror k3s=http:\/\/nas\.lan\/k3s: refused, as .* no signature/);
  const noted = await project.run('--mirror', 'archive=http://nas.lan/ubuntu', '--check');
  assert.match(noted.stderr, /^note: --mirror archive=.* is not encrypted: .* by its signature/);
  assert.equal((await project.run('--check', '--prune')).status, 1);
});
