import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { makeKey, signed, type TestKey } from './publisher.trial.ts';
import { loadSigners, type Signers, verifiedText } from './signatures.ts';
import { ubuntuSigners } from './signers.ts';

const URL = 'http://mirror.example/dists/noble/InRelease';
const TEXT = 'Suite: noble\n- a line that starts with a dash\nSHA256:\n 00 1 main/x\n';
const DAY = 86_400_000;

let key: TestKey;
let stranger: TestKey;
let signers: Signers;

before(async () => {
  [key, stranger] = await Promise.all([makeKey(), makeKey()]);
  signers = { name: 'the archive', keys: [key.publicKey] };
});

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

test('a changed text is refused beside a good signature of a stranger for it', async () => {
  const [ours, theirs] = [await signed(TEXT, key), await signed('Suite: evil\n', stranger)];
  const signatureOf = (one: Buffer) => /-----BEGIN PGP SIGNATURE[\s\S]*$/.exec(one.toString())?.[0];
  const mixed = theirs.toString().replace(signatureOf(theirs) ?? '', signatureOf(ours) ?? '');
  assert.match(await refusal(Buffer.from(mixed)), /is not valid/);
});

test('another signer is refused by name', async () => {
  const message = await refusal(await signed(TEXT, stranger));
  const id = stranger.publicKey.getFingerprint().toUpperCase();
  assert.match(message, new RegExp(`signed by the key ${id}, not by the archive`));
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
  const trusting = { name: 'the archive', keys: [key.publicKey, old.publicKey] };
  assert.equal(await verifiedText(document, trusting, URL, then), TEXT);
  await assert.rejects(verifiedText(document, trusting, URL), /is not valid: .*expired/i);
});

test('a signature from tomorrow suggests that the clock is wrong', async () => {
  const document = await signed(TEXT, key);
  assert.match(await refusal(document, new Date(Date.now() - DAY)), /set this computer's clock/);
});

test("Ubuntu's own keyrings hold the pinned keys, and a stranger's key counts for none", async () => {
  const ubuntu = await ubuntuSigners();
  assert.equal(ubuntu.archive.keys.length, 2);
  assert.equal(ubuntu.images.keys.length, 2);
  for (const own of [...ubuntu.archive.keys, ...ubuntu.images.keys]) {
    assert.equal((await own.getSigningKey()).getKeyID().toHex(), own.getKeyID().toHex());
  }
  await assert.rejects(
    verifiedText(await signed(TEXT, stranger), ubuntu.archive, URL),
    /not by the Ubuntu archive/,
  );
});

test('a keyring without the pinned key, and an invalid one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-keyring-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'ring.gpg');
  await writeFile(path, key.publicKey.write());
  const own = key.publicKey.getFingerprint();
  assert.equal((await loadSigners('x', path, [own.toUpperCase()])).keys.length, 1);
  await assert.rejects(loadSigners('x', path, ['00'.repeat(20)]), /key 0{40} is missing\n {2}hint/);
  await writeFile(path, 'hello');
  await assert.rejects(loadSigners('x', path, [own]), /cannot read any OpenPGP keys/);
  await assert.rejects(loadSigners('x', join(folder, 'none'), [own]), UserError);
});
