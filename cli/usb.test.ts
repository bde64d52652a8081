// `usb` as a user calls it: what it writes, what it says, and what it refuses to touch.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const program = (version: string) => `MZ…\0iPXE\0${version}\0…`;

function project(t: TestContext, genesis = '{ ip: 10.0.0.1 }', version = '2.0.0 (g12798)') {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-usb-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const node = '{ name: n1, mac: 52-54-00-12-34-01 }';
  writeFileSync(
    path('nodes.yaml'),
    `genesis: ${genesis}\nssh: { keys: ["${KEY}"] }\nnodes: [${node}]\n`,
  );
  mkdirSync(path('media/ipxe'), { recursive: true });
  writeFileSync(path('media/ipxe/ipxe.pxe'), 'bios');
  writeFileSync(path('media/ipxe/ipxe.efi'), program(version));
  const usb = (...words: string[]) => runHomepbp(['usb', ...words], { cwd: folder, home: folder });
  return { path, usb };
}

test('an image, and what to do with it; the same bytes each time', async (t) => {
  const { path, usb } = project(t);
  const { status, stdout, stderr } = await usb('stick.img');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^stick\.img: 18 MB, iPXE 2\.0\.0 \(g12798\) for x86 \(BIOS, UEFI\)/);
  assert.match(stdout, /asks DHCP, then loads boot\.ipxe from http:\/\/10\.0\.0\.1:8080\./);
  assert.match(stdout, /sudo dd if=stick\.img of=\/dev\/sdX/);
  const first = readFileSync(path('stick.img'));
  assert.equal(first.readUInt16LE(510), 0xaa55);
  assert.equal((await usb('stick.img')).status, 0);
  assert.ok(readFileSync(path('stick.img')).equals(first));
});

test('64-bit ARM is said where its program is there', async (t) => {
  const { path, usb } = project(t);
  writeFileSync(path('media/ipxe/ipxe-arm64.efi'), program('2.0.0'));
  assert.match((await usb('stick.img')).stdout, /and 64-bit ARM$/m);
});

test('an address instead of DHCP', async (t) => {
  const { path, usb } = project(t);
  const { stdout } = await usb('stick.img', '--address', '10.0.0.9/24');
  assert.match(stdout, /takes the address 10\.0\.0\.9, then/);
  assert.match(stdout, /without ip: in nodes\.yaml asks DHCP again/);
  assert.match(readFileSync(path('stick.img'), 'latin1'), /homepbp\.address=10\.0\.0\.9\/24,,\n/);
});

test('genesis.ip: auto: DHCP must say where, and that is said', async (t) => {
  const { usb } = project(t, '{}');
  assert.match(
    (await usb('stick.img')).stdout,
    /note: a router names no boot server: .*--proxy-dhcp/,
  );
  const { status, stderr } = await usb('other.img', '--address', '10.0.0.9/24');
  assert.equal(status, 1);
  assert.match(stderr, /^usb: --address needs --url/);
});

test('all faults of the flags at once, each with what it takes', async (t) => {
  const { path, usb } = project(t);
  const words = ['--address', '10.0.0.9', '--dns', 'router', '--url', 'http://nas'];
  const { status, stderr } = await usb('stick.img', ...words);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^usb: --address takes .*\nusb: --dns takes an IPv4 address, not 'router'\n$/,
  );
  const named = await usb('stick.img', '--address', '10.0.0.9/24', '--url', 'http://nas');
  assert.match(named.stderr, /^usb: --address needs --dns, too: http:\/\/nas has a name/);
  assert.match((await usb('stick.img', '--url', 'https://nas')).stderr, /--url takes http:/);
  assert.ok(!existsSync(path('stick.img')));
});

test('devices and folders are never written; for a device the command is said', async (t) => {
  // Before anything else is found wrong.
  const { usb } = project(t, undefined, '1.0.0');
  for (const device of ['/dev/null', '/dev/homepbp-no-such-disk']) {
    const { status, stderr } = await usb(device, '--force');
    assert.equal(status, 1);
    assert.match(stderr, /is a device.*\n {2}hint: .*dd if=stick\.img of=\/dev\//);
  }
  assert.match((await usb('media')).stderr, /^usb: media is a folder\n {2}hint/);
});

test('a file that is not ours stays, but with --force; a missing folder is an error', async (t) => {
  const { path, usb } = project(t);
  const { status, stderr } = await usb('nodes.yaml');
  assert.equal(status, 1);
  assert.match(stderr, /^usb: nodes\.yaml exists and is not an image of a boot stick\n {2}hint/);
  assert.match(readFileSync(path('nodes.yaml'), 'utf8'), /^genesis/);
  writeFileSync(path('photo'), 'x');
  assert.equal((await usb('photo', '--force')).status, 0);
  assert.match(
    (await usb('no/stick.img')).stderr,
    /^no\/stick\.img cannot be written: no such folder/,
  );
});

test('iPXE that is missing, or too old to run the script of a stick', async (t) => {
  const { path, usb } = project(t, undefined, '1.0.0+git-20190125.36a4c85-5.1');
  const old = await usb('stick.img');
  assert.equal(old.status, 1);
  assert.match(
    old.stderr,
    /^usb: iPXE 1\.0\.0\+git-20190125\S* is too old.*\n {2}hint: run \.\/homepbp fetch/,
  );
  writeFileSync(path('media/ipxe/ipxe.pxe'), new Uint8Array(500_000));
  writeFileSync(path('media/ipxe/ipxe.efi'), program('2.0.0'));
  assert.match((await usb('stick.img')).stderr, /^usb: ipxe\.pxe has 500000 bytes; at most 458752/);
});
