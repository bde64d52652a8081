import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { makeKey, signed, type TestKey } from './publisher.trial.ts';
import { Refusal } from './refusal-errors.ts';
import { unknownSigner } from './signature-errors.ts';
import { fingerprintOf, loadSigners, type Signers, verifiedText } from './signatures.ts';
import { ubuntuSigners } from './signers.ts';

const URL = 'http://mirror.example/dists/noble/InRelease';
const TEXT = 'Suite: noble\n- a line that starts with a dash\nSHA256:\n 00 1 main/x\n';
const DAY = 86_400_000;

let key: TestKey;
let stranger: TestKey;
let signers: Signers;

before(async () => {
  [key, stranger] = await Promise.all([makeKey(), makeKey()]);
  signers = trusting(key);
});

function trusting(...keys: TestKey[]): Signers {
  return {
    name: 'the archive',
    keys: keys.map((one, index) => ({ key: one.publicKey, keyring: `ring-${index}.gpg` })),
    byHand: 'trusted-signers/archive',
  };
}

async function refusal(document: Uint8Array, now?: Date): Promise<string> {
  const verified = verifiedText(document, signers, URL, now);
  const error = await verified.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.message.startsWith(URL), error.message);
  assert.match(error.message, /\n {2}hint: \w/);
  return error.message;
}

test('the text that was signed comes back as it was', async () => {
  assert.equal(await verifiedText(await signed(TEXT, key), signers, URL), TEXT);
});

test('text before, after and in the headers of the signed part is left out', async () => {
  const document = (await signed(TEXT, key)).toString();
  const around = `Suite: evil\n\n${document}\nSuite: evil\n`;
  assert.equal(await verifiedText(Buffer.from(around), signers, URL), TEXT);
});

test('one of several signatures is enough', async () => {
  const document = await signed(TEXT, [stranger, key]);
  assert.equal(await verifiedText(document, signers, URL), TEXT);
});

test('a changed text is refused', async () => {
  const document = (await signed(TEXT, key)).toString().replace('Suite: noble', 'Suite: jammy');
  assert.match(await refusal(Buffer.from(document)), /is not valid/);
});

test('nothing takes the place of what has a wrong or a strange signature', async () => {
  const document = (await signed(TEXT, key)).toString().replace('Suite: noble', 'Suite: jammy');
  await assert.rejects(verifiedText(Buffer.from(document), signers, URL), Refusal);
  await assert.rejects(verifiedText(await signed(TEXT, stranger), signers, URL), Refusal);
});

test('a changed text is refused beside a good signature of a stranger for it', async () => {
  const [ours, theirs] = [await signed(TEXT, key), await signed('Suite: evil\n', stranger)];
  const signatureOf = (one: Buffer) => /-----BEGIN PGP SIGNATURE[\s\S]*$/.exec(one.toString())?.[0];
  const mixed = theirs.toString().replace(signatureOf(theirs) ?? '', signatureOf(ours) ?? '');
  assert.match(await refusal(Buffer.from(mixed)), /is not valid/);
});

test('another signer is refused by its whole fingerprint, with the steps to trust it', async () => {
  const message = await refusal(await signed(TEXT, stranger));
  const id = fingerprintOf(stranger.publicKey);
  assert.match(id, /^[0-9A-F]{40}$/);
  const [first, ...steps] = message.split('\n');
  assert.equal(first, `${URL}: signed by the key ${id}, not by the archive`);
  const file = `trusted-signers/archive/${id}.asc`;
  assert.ok(steps.includes('    1. mkdir -p trusted-signers/archive'), message);
  assert.ok(steps.includes(`    2. save its public key as ${file}`), message);
  assert.ok(steps.includes(`    3. gpg --show-keys ${file}`), message);
  assert.ok(steps.includes('    4. ./homepbp fetch'), message);
});

test('of several strangers all are named, and no file is proposed for one of them', async () => {
  const other = await makeKey();
  const message = await refusal(await signed(TEXT, [stranger, other]));
  for (const one of [stranger, other]) assert.ok(message.includes(fingerprintOf(one.publicKey)));
  assert.match(message, /save its public key as trusted-signers\/archive\/FINGERPRINT\.asc\n/);
});

test("a key's id is no fingerprint to name a file after; a folder with spaces is quoted", () => {
  const project = { name: 'the archive', byHand: 'my home/archive' };
  const { message } = unknownSigner(URL, project, ['0123456789ABCDEF']);
  assert.match(message, /signed by the key 0123456789ABCDEF, not/);
  assert.match(message, / {4}3\. gpg --show-keys 'my home\/archive\/FINGERPRINT\.asc'\n/);
  const nobody = unknownSigner(URL, project, []);
  assert.ok(!nobody.message.includes('gpg'), 'there is no key to trust');
});

test('the trace names the key and its keyring; of a refused signature, all keyrings', async () => {
  const lines: string[] = [];
  const traced = { ...trusting(key, stranger), trace: (line: string) => lines.push(line) };
  await verifiedText(await signed(TEXT, stranger), traced, URL);
  const by = `key ${fingerprintOf(stranger.publicKey)} of ring-1.gpg`;
  assert.deepEqual(lines.splice(0), [`${URL}: signed by the archive, ${by}`]);
  await assert.rejects(verifiedText(await signed(TEXT, await makeKey()), traced, URL));
  assert.deepEqual(lines, [`${URL}: no valid signature by a key of ring-0.gpg, ring-1.gpg`]);
});

test('no signature, and not a signed document at all', async () => {
  const unsigned = [TEXT, '<html>login</html>', '', '-----BEGIN PGP SIGNED MESSAGE-----\n'];
  for (const text of unsigned) {
    assert.match(await refusal(Buffer.from(text)), /not a signed document/);
  }
  assert.match(await refusal(Buffer.from([0xff, 0xfe, 0])), /not a signed document/);
});

test('a signed part without its signature is refused', async () => {
  const document = (await signed(TEXT, key)).toString();
  const cut = document.slice(0, document.indexOf('-----BEGIN PGP SIGNATURE'));
  await refusal(Buffer.from(cut));
});

test('an expired key is refused, though it signed before that', async () => {
  const old = await makeKey({ date: new Date(Date.now() - 9 * DAY), seconds: 5 * 86_400 });
  const then = new Date(Date.now() - 8 * DAY);
  const document = await signed(TEXT, old, then);
  const both = trusting(key, old);
  assert.equal(await verifiedText(document, both, URL, then), TEXT);
  const name = fingerprintOf(old.publicKey);
  await assert.rejects(verifiedText(document, both, URL), (error: Error) => {
    assert.match(error.message, new RegExp(`is not valid: .*expired \\(key ${name} of ring-1.gpg`));
    assert.match(error.message, new RegExp(`renewed one as trusted-signers/archive/${name}.asc$`));
    return true;
  });
});

test('a signature from tomorrow suggests that the clock is wrong', async () => {
  const document = await signed(TEXT, key);
  assert.match(await refusal(document, new Date(Date.now() - DAY)), /set this computer's clock/);
});

test("Ubuntu's own keyrings hold the pinned keys, and a stranger's key counts for none", async () => {
  const ubuntu = await ubuntuSigners();
  assert.equal(ubuntu.archive.keys.length, 2);
  assert.equal(ubuntu.images.keys.length, 2);
  for (const { key: own } of [...ubuntu.archive.keys, ...ubuntu.images.keys]) {
    assert.equal((await own.getSigningKey()).getKeyID().toHex(), own.getKeyID().toHex());
  }
  await assert.rejects(
    verifiedText(await signed(TEXT, stranger), { ...ubuntu.archive, byHand: 'x' }, URL),
    /not by the Ubuntu archive/,
  );
});

test('a keyring without the pinned key, and an invalid one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-keyring-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'ring.gpg');
  await writeFile(path, key.publicKey.write());
  const own = fingerprintOf(key.publicKey);
  assert.equal((await loadSigners('x', path, [own])).keys.length, 1);
  await assert.rejects(loadSigners('x', path, ['00'.repeat(20)]), /key 0{40} is missing\n {2}hint/);
  await writeFile(path, 'hello');
  await assert.rejects(loadSigners('x', path, [own]), /cannot read any OpenPGP keys/);
  await assert.rejects(loadSigners('x', join(folder, 'none'), [own]), UserError);
});
