import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { mediaLockSchema } from '../../contract/media-lock.ts';
import { Dates } from '../dates.ts';
import {
  makeKey,
  publishSite,
  sha256,
  signed,
  type TestKey,
  type TrialSite,
} from '../publisher.trial.ts';
import { Refusal } from '../refusal-errors.ts';
import { arm64Image, bzImage } from './ubuntu/kernels.trial.ts';
import { addArchive, BUILD, KERNEL, MODULES, noble, UPLOAD } from './ubuntu/noble.trial.ts';
import { addImages, TRIAL_DATE } from './ubuntu/site.trial.ts';
import { resolveUbuntu, type UbuntuWanted } from './ubuntu.ts';

const WANTED: UbuntuWanted = {
  release: '24.04',
  arch: 'amd64',
  kernel: 'ga',
  serial: null,
};

let key: TestKey;
let stranger: TestKey;
before(async () => {
  [key, stranger] = await Promise.all([makeKey(), makeKey()]);
});

async function resolve(t: TestContext, site: TrialSite, wanted: Partial<UbuntuWanted> = {}) {
  const published = await publishSite(t, site, key);
  const media = await resolveUbuntu({ ...WANTED, ...wanted }, published.sources);
  return { ...published, media, names: media.files.map(({ path }) => path) };
}

const DEBS = 'os/24.04-amd64/debs';
const FIRMWARE = 'os/24.04-amd64/firmware';
const GRUB_DEBS = [
  'grub2-common_2.12-1ubuntu7.3_amd64.deb',
  'grub-pc-bin_2.12-1ubuntu7.3_amd64.deb',
  'grub-efi-amd64-bin_2.12-1ubuntu7.3_amd64.deb',
  'grub-common_2.12-1ubuntu7.3_amd64.deb',
  'libefiboot1t64_38-3.1build1_amd64.deb',
  'gettext-base_0.21-14ubuntu2_amd64.deb',
  'libefivar1t64_38-3.1build1_amd64.deb',
  'grub-efi-amd64-signed_1.202.5+2.12-1ubuntu7.3_amd64.deb',
  'shim-signed_1.58+15.8-0ubuntu1_amd64.deb',
];

test('everything a machine boots with, and what GRUB needs beyond the root image', async (t) => {
  const { media, names } = await resolve(t, await noble(key));
  assert.equal(media.serial, '20250716');
  assert.equal(media.kernel, KERNEL);
  assert.deepEqual(media.notes, []);
  assert.deepEqual(names, [
    'os/24.04-amd64/vmlinuz',
    'os/24.04-amd64/initrd',
    'os/24.04-amd64/rootfs.squashfs',
    `${DEBS}/linux-modules-${KERNEL}_${UPLOAD}_amd64.deb`,
    `${DEBS}/linux-modules-extra-${KERNEL}_${UPLOAD}_amd64.deb`,
    ...GRUB_DEBS.map((name) => `${DEBS}/${name}`),
    `${FIRMWARE}/linux-firmware_20240318.git3b128b60-0ubuntu2_amd64.deb`,
  ]);
});

test('every URL has what its size and hash say', async (t) => {
  const { media, sources } = await resolve(t, await noble(key));
  for (const { path, url, size, sha256: expected } of media.files) {
    const body = await sources.http.bytes(url, { maxBytes: 1e6 });
    assert.deepEqual([body.length, sha256(body)], [size, expected], path);
  }
  const files = Object.fromEntries(media.files.map(({ path, ...file }) => [path, file]));
  assert.deepEqual(mediaLockSchema.parse({ version: 1, files }).files, files);
});

test('the newest build, or the requested one', async (t) => {
  const builds = ['20250716', '20250715', '20250716.1', '20241201'].map((serial) => ({
    ...BUILD,
    serial,
  }));
  const site = await noble(key, { builds });
  assert.equal((await resolve(t, site)).media.serial, '20250716.1');
  const older = await resolve(t, site, { serial: '20250715' });
  assert.equal(older.media.serial, '20250715');
  assert.match(older.media.files[0]?.url ?? '', /\/noble\/amd64\/20250715\/ga-24\.04\/generic\//);
});

test('a build that is no longer listed', async (t) => {
  await assert.rejects(
    resolve(t, await noble(key), { serial: '20240101' }),
    /24\.04 amd64 ga-24\.04 has no complete build 20240101; it has: 20250716\n {2}hint: run/,
  );
});

test('a kernel that the release does not have', async (t) => {
  await assert.rejects(
    resolve(t, await noble(key), { kernel: 'hwe' }),
    /24\.04 amd64 hwe-24\.04 is not listed; available: ga-24\.04\n {2}hint: correct/,
  );
});

test('20.04 with its hardware enablement kernel, and a warning', async (t) => {
  const kernel = '5.15.0-139-generic';
  const build = {
    ...BUILD,
    release: '20.04',
    codename: 'focal',
    kernel: 'hwe-20.04',
    serial: '20250527',
    kernelImage: bzImage(`${kernel} (buildd@lcy02) #149~20.04.1-Ubuntu SMP Wed Apr 16 2025`),
  };
  const version = '5.15.0-139.149~20.04.1';
  const modules = [{ name: `linux-modules-${kernel}`, version, source: 'linux-hwe-5.15' }];
  const site = await noble(key, { builds: [build], codename: 'focal', modules });
  const { media, names } = await resolve(t, site, { release: '20.04', kernel: 'hwe' });
  assert.equal(names[3], `os/20.04-amd64/debs/linux-modules-${kernel}_${version}_amd64.deb`);
  assert.match(media.notes.join(), /Ubuntu 20\.04 is out of support: build 20250527.*Keep media\//);
});

test('20.04: reported as out of support, with what to do once it is gone', async (t) => {
  const gone = resolve(t, await noble(key), { release: '20.04' });
  await assert.rejects(
    gone,
    /20\.04.* is not listed.*\n {2}hint: it is out of support.*os\.custom/,
  );
});

test('arm64 comes from the ports archive, its kernel packed', async (t) => {
  const banner = `${KERNEL} (buildd@bos03-arm64-002) #66-Ubuntu SMP PREEMPT_DYNAMIC Fri Jun 13`;
  const build = { ...BUILD, arch: 'arm64', kernelImage: gzipSync(arm64Image(banner)) };
  const site = await noble(key, { builds: [build], arch: 'arm64', base: '/ports' });
  const { media, names, paths } = await resolve(t, site, { arch: 'arm64' });
  assert.equal(media.kernel, KERNEL);
  assert.ok(names.includes('os/24.04-arm64/debs/grub-efi-arm64-bin_2.12-1ubuntu7.3_arm64.deb'));
  assert.ok(!names.some((name) => name.includes('grub-pc-bin')));
  assert.ok(!paths().some((path) => path.startsWith('/archive/')));
});

test('firmware split into parts, as from 26.04 on: all of them, and nothing else that they need', async (t) => {
  const version = '20260301';
  const parts = [
    {
      name: 'linux-firmware',
      version,
      depends: 'linux-firmware-misc, linux-firmware-qlogic, initramfs-tools',
    },
    { name: 'linux-firmware-misc', version, source: 'linux-firmware', depends: 'libc6' },
    { name: 'linux-firmware-qlogic', version, source: 'linux-firmware' },
    { name: 'initramfs-tools', version: '1' },
  ];
  const { names } = await resolve(t, await noble(key, { modules: [...MODULES, ...parts] }));
  assert.deepEqual(
    names.filter((name) => name.startsWith(FIRMWARE)),
    ['', '-misc', '-qlogic'].map(
      (part) => `${FIRMWARE}/linux-firmware${part}_${version}_amd64.deb`,
    ),
  );
});

test('a package that the archive lacks is reported, not fatal', async (t) => {
  const site = await noble(key);
  await addImages(site, [{ ...BUILD, installed: '' }], key);
  const { media } = await resolve(t, site);
  assert.match(media.notes.join('\n'), /not in component main of .*: grub2-common: libc6/);
});

test('a mirror without by-hash folders works too', async (t) => {
  const { names } = await resolve(t, await noble(key, { byHash: false }));
  assert.equal(names.length, 15);
});

const PRODUCTS = '/images/streams/v1/com.ubuntu.maas:stable:v3:download.sjson';
const INRELEASE = '/archive/dists/noble-updates/InRelease';

for (const path of ['/images/streams/v1/index.sjson', PRODUCTS, INRELEASE]) {
  test(`${path}: a changed text, another signer, none at all`, async (t) => {
    const site = await noble(key);
    const text = Buffer.from(site[path] ?? assert.fail(path)).toString();
    const refused = async (content: Uint8Array, expected: RegExp) => {
      await assert.rejects(resolve(t, { ...site, [path]: content }), (error: Error) => {
        assert.ok(error.message.includes(path), error.message);
        assert.match(error.message, expected);
        return true;
      });
    };
    await refused(Buffer.from(text.replace(/noble|maas/, 'jammy')), /is not valid/);
    await refused(await signed('{}', stranger), /not by the trial publisher/);
    await refused(Buffer.from('{}'), /not a signed document/);
  });
}

/** As of a day; a later fetch of the same project has these dates in its lock. */
async function resolveLater(t: TestContext, site: TrialSite, locked: Record<string, string>) {
  const { sources } = await publishSite(t, site, key);
  const dates = new Dates(locked, { allowOlder: false, now: new Date('2025-07-20T00:00:00Z') });
  await resolveUbuntu(WANTED, { ...sources, dates });
  return dates.recorded();
}

test('the dates of all signed lists are noted, each under its own name', async (t) => {
  const date = new Date(TRIAL_DATE).toISOString();
  assert.deepEqual(await resolveLater(t, await noble(key), {}), {
    'images streams/v1/index.sjson': date,
    'images streams/v1/com.ubuntu.maas:stable:v3:download.sjson': date,
    'archive dists/noble/InRelease': date,
    'archive dists/noble-updates/InRelease': date,
    'archive dists/noble-security/InRelease': date,
  });
});

test('a signed list that is older than one before is refused, each of them', async (t) => {
  const recorded = await resolveLater(t, await noble(key), {});
  const yesterday = await noble(key, { date: 'Wed, 16 Jul 2025 10:11:12 UTC' });
  for (const name of Object.keys(recorded)) {
    const path = `/${name.replace(' ', '/')}`;
    const site = { ...(await noble(key)), [path]: yesterday[path] ?? assert.fail(path) };
    await assert.rejects(resolveLater(t, site, recorded), (error: Error) => {
      assert.ok(error instanceof Refusal);
      assert.ok(error.message.includes(path), error.message);
      assert.match(error.message, /2025-07-16T10:11:12Z, but .* 2025-07-17T10:11:12Z\n/);
      return true;
    });
  }
});

test('a list of packages that has expired is refused the first time, too', async (t) => {
  const site = await noble(key, { validUntil: 'Sat, 19 Jul 2025 10:11:12 UTC' });
  await assert.rejects(resolveLater(t, site, {}), /InRelease: it was valid until 2025-07-19T/);
});

test('a suite is not passed off as another', async (t) => {
  const site = await noble(key);
  const release = site['/archive/dists/noble/InRelease'] ?? assert.fail('no InRelease');
  await assert.rejects(
    resolve(t, { ...site, [INRELEASE]: release }),
    /noble-updates\/InRelease: it is signed, but for noble \(noble\)\n {2}hint/,
  );
});

test('a list of packages that is not the signed one', async (t) => {
  const site = await noble(key, { byHash: false });
  const path = '/archive/dists/noble-updates/main/binary-amd64/Packages.gz';
  for (const content of [Buffer.from('x'), Buffer.alloc(site[path]?.length ?? 0)]) {
    await assert.rejects(
      resolve(t, { ...site, [path]: content }),
      /Packages\.gz: does not match .*InRelease.*\n {2}hint: a mirror can show this/,
    );
  }
});

test('a manifest that is not the signed one', async (t) => {
  const site = await noble(key);
  const path = '/images/noble/amd64/20250716/squashfs.manifest';
  const other = Buffer.alloc(site[path]?.length ?? 0);
  await assert.rejects(resolve(t, { ...site, [path]: other }), /manifest: does not match /);
});

test('a kernel that is not the signed one', async (t) => {
  const site = await noble(key);
  const path = '/images/noble/amd64/20250716/ga-24.04/generic/boot-kernel';
  const other = Buffer.alloc(site[path]?.length ?? 0);
  await assert.rejects(resolve(t, { ...site, [path]: other }), /vmlinuz.*\n {2}hint/s);
});

test('a kernel without a version', async (t) => {
  const site = await noble(key, { builds: [{ ...BUILD, kernelImage: Buffer.from('MZ') }] });
  await assert.rejects(resolve(t, site), /boot-kernel: cannot find a version in this kernel/);
});

test('a signed list of images of another form', async (t) => {
  const site = await noble(key);
  site[PRODUCTS] = await signed('{"format":"products:2.0","products":{}}', key);
  await assert.rejects(
    resolve(t, site),
    /it is signed, but is not a list of boot images\n {2}hint/,
  );
});

/** A site whose archive has moved on to another kernel. */
async function movedOn(): Promise<TrialSite> {
  const newer = { name: 'linux-modules-6.8.0-71-generic', version: '6.8.0-71.71', source: 'linux' };
  return noble(key, { modules: [newer] });
}

test('modules that the archive dropped come from its snapshot, signed as well', async (t) => {
  const site = await movedOn();
  const old = { date: 'Mon, 1 Jan 2024 10:11:12 UTC', validUntil: 'Tue, 2 Jan 2024 10:11:12 UTC' };
  await addArchive(site, key, { base: '/snapshot/20250720T000000Z', ...old });
  const { media } = await resolve(t, site);
  const modules = media.files.filter(({ path }) => path.includes('linux-modules'));
  assert.equal(modules.length, 2);
  for (const { url } of modules) assert.match(url, /\/snapshot\/20250720T000000Z\/pool\/main\/l\//);
  assert.deepEqual(media.notes, []);
});

test('a snapshot with another signer is refused, not passed over', async (t) => {
  const site = await movedOn();
  await addArchive(site, stranger, { base: '/snapshot/20250717T000000Z' });
  await assert.rejects(resolve(t, site), /snapshot\/20250717.*not by the trial publisher/);
});

test('otherwise from the store of all packages, pinned as received, with a note', async (t) => {
  const site = await movedOn();
  const [modules] = MODULES;
  const file = `${modules?.name}_${UPLOAD}_amd64.deb`;
  const content = Buffer.from('!<arch>\nmodules');
  site[`/packageFiles/${file}`] = content;
  const { base, media } = await resolve(t, site);
  assert.deepEqual(media.files[3], {
    path: `${DEBS}/${file}`,
    url: `${base}/packageFiles/${file}`,
    size: content.length,
    sha256: sha256(content),
    version: UPLOAD,
  });
  assert.equal(media.notes.length, 1);
  assert.match(media.notes[0] ?? '', /protected by TLS only.*SHA-256 [0-9a-f]{64}/s);
});

test('unavailable modules: the error lists every place that was asked', async (t) => {
  await assert.rejects(resolve(t, await movedOn()), (error: Error) => {
    for (const part of ['/archive (noble)', '/snapshot/20250717T000000Z', '/packageFiles/'])
      assert.ok(error.message.includes(part), error.message);
    assert.match(
      error.message,
      /linux-modules-6\.8\.0-63-generic is not available anywhere.*hint: run/s,
    );
    return true;
  });
});
