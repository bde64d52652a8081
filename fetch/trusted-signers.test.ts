import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { generateKey, reformatKey, revokeKey } from 'openpgp';
import { UserError } from '../messages/user-error.ts';
import { makeKey, signed, type TestKey } from './publisher.trial.ts';
import { fingerprintOf, type Signers, verifiedText } from './signatures.ts';
import type { KnownPublishers } from './signers.ts';
import { trustedSigners } from './trusted-signers.ts';

const URL = 'http://mirror.example/dists/noble/InRelease';
const TEXT = 'Suite: noble\n';
const DAY = 86_400_000;

let builtIn: TestKey;
let hand: TestKey;
before(async () => {
  [builtIn, hand] = await Promise.all([makeKey(), makeKey()]);
});

const nameOf = ({ publicKey }: TestKey) => fingerprintOf(publicKey);
const armored = ({ publicKey }: TestKey) => publicKey.armor();

function knowing(key: TestKey): KnownPublishers {
  const keys = [{ key: key.publicKey, keyring: 'built-in.gpg' }];
  return { archive: { name: 'the archive', keys }, images: { name: 'the image builders', keys } };
}

/** A project with these files in its trusted-signers/. */
async function openProject(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const project = await mkdtemp(join(tmpdir(), 'homepbp-signers-'));
  t.after(() => rm(project, { recursive: true }));
  const pathOf = (name: string) => join(project, 'trusted-signers', name);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(pathOf(name)), { recursive: true });
    await writeFile(pathOf(name), content);
  }
  const open = (known = knowing(builtIn), trace?: (line: string) => void) =>
    trustedSigners(known, project, trace);
  return { project, pathOf, open };
}

async function takes(signers: Signers, key: TestKey, now?: Date): Promise<void> {
  assert.equal(await verifiedText(await signed(TEXT, key, now), signers, URL), TEXT);
}

test('a key counts for the publisher of its folder only, armored or binary, beside the built-in ones', async (t) => {
  const other = await makeKey();
  const { open } = await openProject(t, {
    [`archive/${nameOf(hand)}.asc`]: armored(hand),
    [`images/${nameOf(other)}.gpg`]: other.publicKey.write(),
  });
  const { archive, images } = await open();
  await takes(archive, hand);
  await takes(images, other);
  await takes(archive, builtIn);
  await takes(images, builtIn);
  await assert.rejects(takes(images, hand), /not by the image builders/);
  await assert.rejects(takes(archive, other), /not by the archive/);
});

test('without such a folder there are the built-in keys, and an error says where others go', async (t) => {
  const { open, pathOf } = await openProject(t, {});
  const { archive } = await open();
  assert.equal(archive.keys.length, 1);
  await assert.rejects(takes(archive, hand), (error: Error) => {
    assert.ok(error.message.includes(` as ${pathOf(`archive/${nameOf(hand)}.asc`)}\n`));
    return true;
  });
});

test("the name may be in gpg's groups or in lower case; hidden files are none of ours", async (t) => {
  const other = await makeKey();
  const groups = nameOf(hand).replaceAll(/(.{4})(?=.)/g, '$1 ');
  const { open } = await openProject(t, {
    [`archive/${groups}.asc`]: armored(hand),
    [`archive/${nameOf(other).toLowerCase()}.ASC`]: armored(other),
    'archive/.DS_Store': 'x',
    '.gitkeep': '',
  });
  const { archive } = await open();
  await takes(archive, hand);
  await takes(archive, other);
});

test('a signature by a subkey counts, and a file that is named after it says what to do', async (t) => {
  const key = await generateKey({
    userIDs: [{ name: 'A publisher with subkeys' }],
    subkeys: [{ sign: true }],
    format: 'object',
  });
  const [subkey] = key.publicKey.getSubkeys();
  const sub = fingerprintOf(subkey ?? assert.fail('no subkey'));
  const right = await openProject(t, { [`archive/${nameOf(key)}.asc`]: armored(key) });
  const { archive } = await right.open();
  const document = await signed(TEXT, key);
  assert.equal(await verifiedText(document, archive, URL), TEXT);
  const none = await (await openProject(t, {})).open();
  await assert.rejects(
    verifiedText(document, none.archive, URL),
    new RegExp(`signed by the key ${sub}, not`),
  );
  const wrong = await openProject(t, { [`archive/${sub}.asc`]: armored(key) });
  await assert.rejects(
    wrong.open(),
    new RegExp(
      `${sub}\\.asc: named after a subkey; the key itself is ${nameOf(key)}\n {2}hint: if`,
    ),
  );
});

test('an expired and a revoked key are refused, as built-in ones are', async (t) => {
  const then = new Date(Date.now() - 8 * DAY);
  const old = await makeKey({ date: new Date(Date.now() - 9 * DAY), seconds: 5 * 86_400 });
  const revoked = await revokeKey({ key: hand.privateKey, format: 'object' });
  const { open, pathOf } = await openProject(t, {
    [`archive/${nameOf(old)}.asc`]: armored(old),
    [`archive/${nameOf(hand)}.asc`]: armored(revoked),
  });
  const { archive } = await open();
  await assert.rejects(takes(archive, old, then), (error: Error) => {
    assert.match(error.message, /is not valid: .*expired/);
    assert.ok(error.message.includes(` of ${pathOf(`archive/${nameOf(old)}.asc`)})`));
    return true;
  });
  await assert.rejects(takes(archive, hand), /is not valid: .*revoked/);
});

test('a newer copy of a built-in key renews or revokes it, and an older one does neither', async (t) => {
  const date = new Date(Date.now() - 9 * DAY);
  const old = await makeKey({ date, seconds: 5 * 86_400 });
  const again = { userIDs: [{ name: 'A publisher of a test' }], format: 'object' as const };
  const renewed = await reformatKey({ privateKey: old.privateKey, ...again });
  const revoked = await revokeKey({ key: hand.privateKey, format: 'object' });
  const renewal = await openProject(t, { [`archive/${nameOf(old)}.asc`]: armored(renewed) });
  const { archive } = await renewal.open(knowing(old));
  assert.equal(archive.keys.length, 1);
  await takes(archive, renewed);
  const cases: [TestKey, TestKey][] = [
    [hand, revoked],
    [revoked, hand],
  ];
  for (const [known, own] of cases) {
    const { open } = await openProject(t, { [`archive/${nameOf(hand)}.asc`]: armored(own) });
    await assert.rejects(takes((await open(knowing(known))).archive, hand), /revoked/);
  }
});

test('every file that is no such key is an error with its path and a next step, all at once', async (t) => {
  const other = await makeKey();
  const name = nameOf(hand);
  const cases: [string, string | Uint8Array, RegExp][] = [
    [`${name}.asc`, armored(hand), /a key is trusted for one publisher/],
    ['ports/x.asc', 'x', /a key is trusted for one publisher/],
    ['archive/ubuntu.asc', armored(hand), /not named after a key's fingerprint/],
    [`archive/${name.slice(-16)}.asc`, armored(hand), /not named after a key's fingerprint/],
    [`archive/${name}`, armored(hand), /not named after a key's fingerprint/],
    [`archive/${'0'.repeat(40)}.asc`, '<html>login</html>', /not a public key: no OpenPGP key/],
    [`archive/${'1'.repeat(40)}.asc`, '', /not a public key: no OpenPGP key/],
    [
      `archive/${'2'.repeat(40)}.asc`,
      armored(hand),
      new RegExp(`holds the key ${name}, not 2{40}\\n`),
    ],
    [
      `archive/${name}.gpg`,
      Buffer.concat([hand.publicKey.write(), other.publicKey.write()]),
      /has 2 keys/,
    ],
    [`images/${name}.asc`, `${armored(hand)}\n${armored(other)}`, /has 2 keys/],
    [`images/${nameOf(other)}.asc`, other.privateKey.armor(), /a private key/],
  ];
  const files = Object.fromEntries(cases.map(([path, content]) => [path, content]));
  const { open, pathOf } = await openProject(t, files);
  await assert.rejects(open(), (error: Error) => {
    assert.ok(error instanceof UserError);
    const messages = error.message.split(/\n(?! )/);
    assert.equal(messages.length, cases.length, error.message);
    for (const [path, , expected] of cases) {
      const shown = pathOf(path.startsWith('ports/') ? 'ports' : path);
      const message = messages.find((one) => one.startsWith(`${shown}: `)) ?? assert.fail(shown);
      assert.match(message, expected);
      assert.match(message, /\n {2}hint: \w/);
    }
    return true;
  });
});

test('what is no regular file, or far too large, is refused without being read', async (t) => {
  const [pipe, folder, large] = ['0', '1', '2'].map((digit) => `archive/${digit.repeat(40)}.asc`);
  const { open, pathOf } = await openProject(t, { [large ?? '']: '' });
  execFileSync('mkfifo', [pathOf(pipe ?? '')]);
  await mkdir(pathOf(folder ?? ''));
  await truncate(pathOf(large ?? ''), 5e9);
  await assert.rejects(open(), (error: Error) => {
    assert.match(error.message, /0{40}\.asc: not a public key: not a file\n/);
    assert.match(error.message, /1{40}\.asc: not a public key: not a file\n/);
    assert.match(error.message, /2{40}\.asc: not a public key: it has 5\.\d* GB\n/);
    return true;
  });
});

test('a file in the place of a folder, and a link to nothing', async (t) => {
  const whole = await openProject(t, {});
  await writeFile(join(whole.project, 'trusted-signers'), 'x');
  await assert.rejects(whole.open(), /trusted-signers: not a folder\n {2}hint: move/);
  const one = await openProject(t, { archive: 'x' });
  await assert.rejects(one.open(), /trusted-signers\/archive: not a folder\n {2}hint: move/);
  const link = await openProject(t, { 'archive/.x': '' });
  await symlink('nowhere', link.pathOf(`archive/${'0'.repeat(40)}.asc`));
  await assert.rejects(link.open(), /0{40}\.asc: cannot be read: ENOENT/);
});

test('the trace names each key that is trusted by hand, and the keyring of each signature', async (t) => {
  const { open, pathOf } = await openProject(t, {
    [`archive/${nameOf(hand)}.asc`]: armored(hand),
    [`images/${nameOf(builtIn)}.asc`]: armored(builtIn),
  });
  const lines: string[] = [];
  const { archive, images } = await open(knowing(builtIn), (line) => lines.push(line));
  const path = pathOf(`archive/${nameOf(hand)}.asc`);
  const same = pathOf(`images/${nameOf(builtIn)}.asc`);
  await takes(archive, hand);
  await takes(archive, builtIn);
  await takes(images, builtIn);
  const by = (publisher: string, key: TestKey, ring: string) =>
    `${URL}: signed by ${publisher}, key ${nameOf(key)} of ${ring}`;
  assert.deepEqual(lines, [
    `${path}: trusted by hand for the archive`,
    `${same}: trusted by hand for the image builders`,
    by('the archive', hand, path),
    by('the archive', builtIn, 'built-in.gpg'),
    by('the image builders', builtIn, `built-in.gpg and ${same}`),
  ]);
});
