import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { readMembers } from '../members.ts';
import { makeKey, publishSite, sha256, type TestKey } from '../publisher.trial.ts';
import { Refusal } from '../refusal-errors.ts';
import { resolveIpxe } from './ipxe.ts';
import { IPXE_MEMBERS, packIpxe } from './releases.trial.ts';

let key: TestKey;
before(async () => {
  key = await makeKey();
});

async function resolve(t: TestContext, archive: Uint8Array) {
  const site = { '/ipxe/v2.0.0/ipxeboot.tar.gz': archive };
  const { base, sources } = await publishSite(t, site, key);
  return { base, release: await resolveIpxe(sources) };
}

test('the archive as it came, and each boot program in it', async (t) => {
  const archive = await packIpxe(t);
  const { base, release } = await resolve(t, archive);
  const url = `${base}/ipxe/v2.0.0/ipxeboot.tar.gz`;
  const path = 'ipxe/ipxeboot-2.0.0.tar.gz';
  const pinned = { path, url, size: archive.length, sha256: sha256(archive), version: '2.0.0' };
  assert.deepEqual(release.archive, pinned);
  const content = Buffer.from('program arm64/snponly.efi'.repeat(2000));
  assert.deepEqual(
    release.members.find((one) => one.path === 'ipxe/snponly-arm64.efi'),
    {
      path: 'ipxe/snponly-arm64.efi',
      url,
      size: content.length,
      sha256: sha256(content),
      version: '2.0.0',
      archive: path,
      member: 'ipxeboot/arm64/snponly.efi',
    },
  );
  const programs = ['undionly.kpxe', 'ipxe.pxe', 'ipxe.efi', 'snponly.efi', 'snponly-arm64.efi'];
  for (const name of programs) {
    assert.ok(
      release.members.some((one) => one.path === `ipxe/${name}`),
      name,
    );
  }
});

test('another archive than the one that we know is refused, and nothing of it is kept', async (t) => {
  const archive = await packIpxe(t);
  const site = { '/ipxe/v2.0.0/ipxeboot.tar.gz': archive };
  const { sources } = await publishSite(t, site, key);
  const other = Buffer.from(archive);
  other.writeUInt8(other.readUInt8(200) ^ 1, 200);
  const refused = async (bytes: Buffer, received: RegExp) => {
    const ipxe = { version: '2.0.0', size: bytes.length, sha256: sha256(bytes) };
    await assert.rejects(resolveIpxe({ ...sources, ipxe }), (error: Error) => {
      assert.ok(error instanceof Refusal);
      assert.match(error.message, /ipxeboot\.tar\.gz: not the release of iPXE 2\.0\.0 that/);
      assert.ok(error.message.includes(`expected ${bytes.length} bytes, SHA-256 ${ipxe.sha256}`));
      assert.match(error.message, received);
      return true;
    });
  };
  await refused(other, new RegExp(`received SHA-256 ${sha256(archive)}\\n`));
  await refused(archive.subarray(1), new RegExp(`received ${archive.length} bytes\\n`));
});

test('a Secure Boot shim has the name that makes it start the program beside it', async (t) => {
  const { release } = await resolve(t, await packIpxe(t));
  const shim = release.members.find((one) => one.path === 'ipxe/x86_64-sb/snponly-shim.efi');
  assert.equal(shim?.member, 'ipxeboot/x86_64-sb/shimx64.efi');
});

test('a BIOS program in its 64-bit build only', async (t) => {
  const without = IPXE_MEMBERS.filter((name) => name !== 'i386/undionly.kpxe');
  const { release } = await resolve(t, await packIpxe(t, without));
  const program = release.members.find((one) => one.path === 'ipxe/undionly.kpxe');
  assert.equal(program?.member, 'ipxeboot/x86_64/undionly.kpxe');
});

test('an archive that lacks a program', async (t) => {
  const archive = await packIpxe(t, ['x86_64/ipxe.efi']);
  await assert.rejects(
    resolve(t, archive),
    /ipxeboot\.tar\.gz: does not contain ipxeboot\/i386\/undionly\.kpxe or .*\n {2}hint/,
  );
});

test('a truncated archive, and something else', async (t) => {
  const archive = await packIpxe(t);
  for (const bad of [archive.subarray(0, archive.length / 2), Buffer.from('<html>')]) {
    await assert.rejects(resolve(t, bad), /not a readable \.tar\.gz archive \(.*\)\n {2}hint/);
  }
});

test('links are not members: only files in the archive itself', async (t) => {
  const archive = await packIpxe(t);
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-ipxe-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'a.tar.gz');
  await writeFile(path, archive);
  const names = new Set(['ipxeboot/ipxe.efi', 'ipxeboot/arm64/ipxe.efi']);
  const found = await readMembers(path, names, 'http://x/');
  assert.deepEqual([...found.keys()], ['ipxeboot/arm64/ipxe.efi']);
});

test('a missing release', async (t) => {
  const { sources } = await publishSite(t, {}, key);
  await assert.rejects(
    resolveIpxe(sources),
    /v2\.0\.0\/ipxeboot\.tar\.gz: the server answered 404/,
  );
});
