import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Arch } from '../contract/inventory.ts';
import type { LockedFile, MediaLock } from '../contract/media-lock.ts';
import { UserError } from '../messages/user-error.ts';
import { lockText, writeLock } from './lock-file.ts';
import { type Needs, neededFiles, systemVersion, unpinnedNeeds } from './needs.ts';
import { type Kind, pin, type Resolvers } from './pins.ts';
import { Refusal } from './refusal-errors.ts';

const EMPTY: MediaLock = { version: 2, resolved: {}, files: {}, keys: {}, dates: {} };
const NEEDS: Needs = {
  systems: [{ release: '24.04', arch: 'amd64', kernel: 'ga', firmware: false }],
  k3s: 'stable',
  archs: ['amd64'],
  keys: ['gh:anna'],
  ipxe: true,
  busybox: ['amd64'],
};

function file(path: string): LockedFile & { path: string } {
  return { path, url: `http://publisher/${path}`, size: 1, sha256: '0'.repeat(64) };
}

/** Publishers of some day, and what they were asked. */
function publishers(k3s = 'v1.34.1+k3s1', keys = ['ssh-ed25519 AAAA anna']) {
  const asked: string[] = [];
  const resolvers: Resolvers = {
    async os({ release, arch, kernel }) {
      asked.push(`os ${release} ${arch}`);
      const names = ['vmlinuz', 'initrd', 'rootfs.squashfs'];
      const files = names.map((name) => file(`os/${release}-${arch}/${name}`));
      return { version: systemVersion('20250716', kernel), files, notes: [] };
    },
    async k3s(word, archs) {
      asked.push(`k3s ${word} ${archs}`);
      const version = word.includes('+') ? word : k3s;
      const files = archs.map((arch) => file(`k3s/${version}/k3s-${arch}`));
      return { version, files, notes: [] };
    },
    async ipxe() {
      asked.push('ipxe');
      return { version: '2.0.0', files: [file('ipxe/ipxe.efi')], notes: [] };
    },
    async busybox(arch) {
      asked.push(`busybox ${arch}`);
      return { version: '1:1.36.1', files: [file(`busybox/${arch}/busybox`)], notes: [] };
    },
    async keys(reference) {
      asked.push(reference);
      return keys;
    },
  };
  return { asked, resolvers };
}

function options(...update: Kind[]) {
  const dates = { recorded: () => ({}) };
  const others = { ipxe: false, busybox: [] };
  return { update: new Set(update), others, allowDowngrade: false, dates };
}

test('what is pinned is not resolved again; an additional architecture gets the same k3s', async () => {
  const first = await pin(EMPTY, NEEDS, publishers().resolvers, options());
  const again = publishers('v1.35.0+k3s1');
  assert.deepEqual((await pin(first.lock, NEEDS, again.resolvers, options())).lock, first.lock);
  assert.deepEqual(again.asked, []);
  const more: Needs = {
    ...NEEDS,
    systems: [...NEEDS.systems, { release: '24.04', arch: 'arm64', kernel: 'ga', firmware: false }],
    archs: ['amd64', 'arm64'],
  };
  const { lock, changes } = await pin(first.lock, more, again.resolvers, options());
  assert.deepEqual(again.asked, ['os 24.04 arm64', 'k3s v1.34.1+k3s1 amd64,arm64']);
  assert.deepEqual(changes, [{ what: 'os 24.04-arm64', from: null, to: '20250716' }]);
  assert.deepEqual(
    Object.keys(lock.files).filter((path) => path.startsWith('k3s/')),
    ['k3s/v1.34.1+k3s1/k3s-amd64', 'k3s/v1.34.1+k3s1/k3s-arm64'],
  );
});

test("an additional architecture does not change the first one's busybox", async () => {
  const first = await pin(EMPTY, NEEDS, publishers().resolvers, options());
  const again = publishers();
  const more: Needs = { ...NEEDS, busybox: ['amd64', 'arm64'] };
  const { lock, changes } = await pin(first.lock, more, again.resolvers, options());
  assert.deepEqual(again.asked, ['busybox arm64']);
  assert.deepEqual(changes, [{ what: 'busybox arm64', from: null, to: '1:1.36.1' }]);
  const own = (needs: Needs) =>
    neededFiles(needs, lock).flatMap(({ path }) => (path.startsWith('busybox/') ? [path] : []));
  assert.deepEqual(own(more), ['busybox/amd64/busybox', 'busybox/arm64/busybox']);
  assert.deepEqual(own(NEEDS), ['busybox/amd64/busybox']);
  assert.deepEqual(unpinnedNeeds(more, first.lock), ['busybox arm64']);
  const update = publishers();
  await pin(lock, NEEDS, update.resolvers, options('busybox'));
  assert.deepEqual(update.asked, ['busybox amd64']);
});

test("unavailable busybox: this computer's own is used for its architecture only", async () => {
  const why = new UserError('the archive is closed\n  hint: wait');
  const resolvers = { ...publishers().resolvers, busybox: () => Promise.reject(why) };
  const having = (...busybox: Arch[]) => ({ ...options(), others: { ipxe: false, busybox } });
  const { lock, notes } = await pin(EMPTY, NEEDS, resolvers, having('amd64'));
  assert.deepEqual(unpinnedNeeds(NEEDS, lock), ['busybox amd64']);
  assert.match(
    notes.join(),
    /^note: Ubuntu's busybox for amd64 is unavailable, .*\n {2}the archive/,
  );
  await assert.rejects(pin(EMPTY, NEEDS, resolvers, having('arm64')), why);
});

test('another kernel is another pin, and moves back as well', async () => {
  const first = await pin(EMPTY, NEEDS, publishers().resolvers, options());
  const hwe: Needs = {
    ...NEEDS,
    systems: [{ release: '24.04', arch: 'amd64', kernel: 'hwe', firmware: false }],
  };
  const second = await pin(first.lock, hwe, publishers().resolvers, options());
  assert.deepEqual(second.changes, [
    { what: 'os 24.04-amd64', from: '20250716', to: '20250716 hwe' },
  ]);
  const again = publishers();
  await pin(second.lock, hwe, again.resolvers, options());
  assert.deepEqual(again.asked, []);
  await pin(second.lock, NEEDS, again.resolvers, options());
  assert.deepEqual(again.asked, ['os 24.04 amd64']);
});

test('a version of k3s that another channel still resolves to stays', async () => {
  const exact = { ...NEEDS, k3s: 'v1.34.1+k3s1' };
  const { lock } = await pin(EMPTY, exact, publishers().resolvers, options());
  const both = await pin(lock, NEEDS, publishers().resolvers, options());
  const moved = await pin(both.lock, NEEDS, publishers('v1.35.0+k3s1').resolvers, options('k3s'));
  const paths = Object.keys(moved.lock.files).filter((path) => path.startsWith('k3s/'));
  assert.deepEqual(paths.sort(), ['k3s/v1.34.1+k3s1/k3s-amd64', 'k3s/v1.35.0+k3s1/k3s-amd64']);
  const needed = neededFiles(NEEDS, moved.lock).map(({ path }) => path);
  assert.ok(needed.includes('k3s/v1.35.0+k3s1/k3s-amd64'));
  assert.ok(!needed.includes('k3s/v1.34.1+k3s1/k3s-amd64'));
});

test('a package that moves while the serial stays is shown, old → new', async () => {
  const { resolvers } = publishers();
  const day = (version: string): Resolvers => ({
    ...resolvers,
    async os(need) {
      const pinned = await resolvers.os(need);
      const path = `os/24.04-amd64/firmware/linux-firmware_${version}_all.deb`;
      return { ...pinned, files: [...pinned.files, { ...file(path), version }] };
    },
  });
  const first = await pin(EMPTY, NEEDS, day('20240318-1'), options());
  assert.ok(!first.changes.some(({ what }) => what.includes('firmware')));
  const second = await pin(first.lock, NEEDS, day('20240318-2'), options('os'));
  const what = 'os 24.04-amd64 linux-firmware';
  assert.deepEqual(second.changes, [{ what, from: '20240318-1', to: '20240318-2' }]);
});

test('an older version than the locked one is refused, naming both, unless it is allowed', async () => {
  const first = await pin(EMPTY, NEEDS, publishers('v1.34.10+k3s1').resolvers, options());
  const { resolvers } = publishers('v1.34.9+k3s1');
  const older: Resolvers = {
    ...resolvers,
    os: async (need) => ({ ...(await resolvers.os(need)), version: '20250715' }),
    ipxe: async () => ({ ...(await resolvers.ipxe()), version: '1.21.1' }),
    busybox: async (arch) => ({ ...(await resolvers.busybox(arch)), version: '1:1.36.1~rc1' }),
  };
  const all = options('os', 'k3s', 'ipxe', 'busybox');
  await assert.rejects(pin(first.lock, NEEDS, older, all), (error: Error) => {
    assert.ok(error instanceof Refusal);
    const [hint, ...lines] = error.message.split('\n').reverse();
    assert.deepEqual(lines.reverse(), [
      'os 24.04-amd64: the publisher offers 20250715, which is older than 20250716 in media.lock.json',
      'k3s stable: the publisher offers v1.34.9+k3s1, which is older than v1.34.10+k3s1 in media.lock.json',
      'ipxe: the publisher offers 1.21.1, which is older than 2.0.0 in media.lock.json',
      'busybox amd64: the publisher offers 1:1.36.1~rc1, which is older than 1:1.36.1 in media.lock.json',
    ]);
    assert.match(
      hint ?? '',
      /nothing was changed; .*\.\/homepbp fetch again with --allow-downgrade/,
    );
    return true;
  });
  const allowed = await pin(first.lock, NEEDS, older, { ...all, allowDowngrade: true });
  assert.equal(allowed.lock.resolved['k3s stable'], 'v1.34.9+k3s1');
  assert.equal(allowed.changes.length, 4);
});

test('versions are in order: builds of a day, pre-releases, kernels of a serial', async () => {
  const move = async (from: string, to: string) => {
    const publisher = (version: string): Resolvers => {
      const { resolvers } = publishers();
      return { ...resolvers, os: async (need) => ({ ...(await resolvers.os(need)), version }) };
    };
    const { lock } = await pin(EMPTY, NEEDS, publisher(from), options());
    return pin(lock, NEEDS, publisher(to), options('os'));
  };
  const ordered = [
    ['20250716', '20250716.1'],
    ['20250716.9', '20250716.10'],
    ['v1.34.10-rc1+k3s1', 'v1.34.10+k3s1'],
    ['v1.34.10+k3s1', 'v1.34.10+k3s2'],
    ['v1.9.9+k3s1', 'v1.34.0-rc1+k3s1'],
  ] as const;
  for (const [older, newer] of ordered) {
    await move(older, newer);
    await assert.rejects(move(newer, older), /which is older than/, `${newer} → ${older}`);
  }
  await move('20250716', '20250716 hwe');
  await assert.rejects(move('20250716', '20250715 hwe'), /offers 20250715 hwe, which is older/);
});

test('an older package is refused while the serial stays; with an older serial it needs no mention', async () => {
  const { resolvers } = publishers();
  const day = (serial: string, version: string): Resolvers => ({
    ...resolvers,
    async os(need) {
      const pinned = await resolvers.os(need);
      const path = `os/24.04-amd64/debs/shim-signed_${version}_amd64.deb`;
      return { ...pinned, version: serial, files: [...pinned.files, { ...file(path), version }] };
    },
  });
  const { lock } = await pin(EMPTY, NEEDS, day('20250716', '1.58'), options());
  const refused = async (publisher: Resolvers, message: RegExp) =>
    assert.rejects(pin(lock, NEEDS, publisher, options('os')), { message });
  await refused(
    day('20250717', '1.57'),
    /^os 24\.04-amd64 shim-signed: the publisher offers 1\.57, which is older than 1\.58 /,
  );
  await refused(day('20250715', '1.57'), /^os 24\.04-amd64: .*20250715.* 20250716 in .*\n {2}hint/);
});

test("what was refused is not replaced by this computer's own", async () => {
  const why = new Refusal('it is of last year');
  const broken = { ...publishers().resolvers, ipxe: () => Promise.reject(why) };
  const others = { ipxe: true, busybox: [] };
  await assert.rejects(pin(EMPTY, NEEDS, broken, { ...options(), others }), why);
});

test('the dates of the indexes that were read go into the lock', async () => {
  const dates = { 'archive dists/noble/InRelease': '2025-07-17T10:11:12.000Z' };
  const recorded = { ...options(), dates: { recorded: () => dates } };
  const { lock } = await pin(EMPTY, NEEDS, publishers().resolvers, recorded);
  assert.deepEqual(lock.dates, dates);
  assert.match(
    lockText({ ...lock, version: 1 }),
    /^\{\n {2}"version": 2,[\s\S]*"dates": \{\n {4}"archive/,
  );
});

test('changed keys are shown, each by its end', async () => {
  const { lock } = await pin(EMPTY, NEEDS, publishers().resolvers, options());
  const keys = ['ssh-ed25519 AAAA1234567890 a', 'ssh-rsa BBBB0987654321 b'];
  const { changes } = await pin(lock, NEEDS, publishers('', keys).resolvers, options('keys'));
  const to = 'ssh-ed25519 …34567890, ssh-rsa …87654321';
  assert.deepEqual(changes, [{ what: 'keys gh:anna', from: 'ssh-ed25519 …AAAA', to }]);
});

test('the given lock is not modified', async () => {
  const before = structuredClone(EMPTY);
  await pin(EMPTY, NEEDS, publishers().resolvers, options());
  assert.deepEqual(EMPTY, before);
});

test('the same lock gives the same text, and is written whole or not at all', async (t) => {
  const { lock } = await pin(EMPTY, NEEDS, publishers().resolvers, options());
  const reversed = { ...lock, files: Object.fromEntries(Object.entries(lock.files).reverse()) };
  assert.equal(lockText(reversed), lockText(lock));
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'media.lock.json');
  const wrong = { ...lock, files: { '../../etc/passwd': file('x') } };
  await assert.rejects(writeLock(path, wrong));
  assert.ok(!existsSync(path));
  await writeLock(path, lock);
  assert.equal(readFileSync(path, 'utf8'), lockText(lock));
  assert.deepEqual(readdirSync(folder), ['media.lock.json']);
});
