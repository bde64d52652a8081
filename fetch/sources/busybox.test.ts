import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { trialBusybox, trialElf } from '../../formats/elf.trial.ts';
import { makeKey, publishSite, sha256, type TestKey, type TrialSite } from '../publisher.trial.ts';
import { BUSYBOX_VERSION, busyboxPackage, packDeb, packTar } from './busybox.trial.ts';
import { resolveBusybox } from './busybox.ts';
import { addArchive } from './ubuntu/noble.trial.ts';
import { addPocket, type TrialPackage } from './ubuntu/site.trial.ts';

let key: TestKey;
before(async () => {
  key = await makeKey();
});

test('amd64 from the archive, arm64 from ports; the newest package, and the program in it', async (t) => {
  const site: TrialSite = {};
  await addArchive(site, key, {});
  await addArchive(site, key, { arch: 'arm64', base: '/ports' });
  const { base, sources } = await publishSite(t, site, key);
  for (const [arch, place] of [
    ['amd64', 'archive'],
    ['arm64', 'ports'],
  ] as const) {
    const { content = Buffer.alloc(0) } = busyboxPackage(arch);
    const { version, archive, members } = await resolveBusybox(arch, sources);
    const name = `busybox-static_1.36.1-6ubuntu3.1_${arch}.deb`;
    const url = `${base}/${place}/pool/main/b/busybox/${name}`;
    assert.equal(version, BUSYBOX_VERSION);
    assert.deepEqual(archive, {
      path: `busybox/${arch}/${name}`,
      url,
      size: content.length,
      sha256: sha256(content),
      version,
    });
    const program = trialBusybox(arch);
    assert.deepEqual(members, [
      {
        path: `busybox/${arch}/busybox`,
        url,
        size: program.length,
        sha256: sha256(program),
        version,
        archive: archive.path,
        member: 'usr/bin/busybox',
      },
    ]);
  }
});

/** An archive whose busybox-static holds that, or that has none. */
async function resolve(t: TestContext, files: Record<string, Uint8Array> | null) {
  const site: TrialSite = {};
  const packages = files === null ? [] : [packageOf(files)];
  for (const suite of ['noble', 'noble-updates', 'noble-security']) {
    await addPocket(site, '/archive', { suite, codename: 'noble', arch: 'amd64', packages }, key);
  }
  const { sources } = await publishSite(t, site, key);
  return resolveBusybox('amd64', sources);
}

function packageOf(files: Record<string, Uint8Array>): TrialPackage {
  const content = packDeb({ 'data.tar.zst': zstdCompressSync(packTar(files)) });
  return { name: 'busybox-static', version: '1', content };
}

test('where the program was before /usr', async (t) => {
  const { members } = await resolve(t, { './bin/busybox': trialBusybox('amd64') });
  assert.equal(members[0]?.member, 'bin/busybox');
});

const DYNAMIC = trialElf({ arch: 'amd64', interpreter: '/lib64/ld-linux-x86-64.so.2' });
const WRONG: readonly [string, Record<string, Uint8Array> | null, RegExp][] = [
  ['is not in the archive', null, /component main has no busybox-static for amd64/],
  [
    'holds no program',
    { './usr/bin/ash': DYNAMIC },
    /does not contain usr\/bin\/busybox or bin\/busybox/,
  ],
  [
    'is of another machine',
    { './bin/busybox': trialBusybox('arm64') },
    /is for arm64, not for amd64/,
  ],
  ['is not static', { './bin/busybox': DYNAMIC }, /is not static: it needs \/lib64\/ld-linux/],
  [
    'is a script',
    { './bin/busybox': Buffer.from('#!/bin/sh\n') },
    /not a 64-bit ELF program but a script/,
  ],
];

for (const [what, files, message] of WRONG) {
  test(`a package that ${what}`, async (t) => {
    await assert.rejects(resolve(t, files), (error: Error) => {
      assert.equal(error.name, 'UserError');
      assert.match(error.message, message);
      assert.match(error.message, /\n {2}hint: .*busybox-static/);
      return true;
    });
  });
}

test('a file that differs from the signed index', async (t) => {
  const site: TrialSite = {};
  await addArchive(site, key, {});
  const path = Object.keys(site).find((name) => name.includes('busybox-static')) ?? '';
  const deb = Buffer.from(site[path] ?? '');
  deb[100] = (deb[100] ?? 0) ^ 1;
  site[path] = deb;
  const { sources } = await publishSite(t, site, key);
  await assert.rejects(resolveBusybox('amd64', sources), /received sha256/);
});
