import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { readPublicKey, UnfitKey } from './public-key.ts';

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const rsa = (modulusLength: number, publicExponent = 0x10001) =>
  pemOf(generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey);

test('takes what nodes make, in one spelling', () => {
  const pem = rsa(3072);
  const { pem: spelled, fingerprint } = readPublicKey(pem.replaceAll('\n', '\r\n'));
  assert.equal(spelled, pem);
  assert.match(fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
  assert.notEqual(readPublicKey(rsa(3072)).fingerprint, fingerprint);
});

test('refuses what is no key of a node', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const refused: [string, RegExp][] = [
    ['hello', /not a public key in PEM/],
    ['', /not a public key in PEM/],
    [privatePem, /not a public key in PEM/],
    [pemOf(pair.publicKey).replace(/\n.{20}/, '\n'), /damaged/],
    [rsa(2048), /2048 bits, fewer than 3072/],
    [rsa(4160), /4160 bits, more than 4096/],
    [rsa(3072, 3), /exponent/],
    [pemOf(generateKeyPairSync('ed25519').publicKey), /not an RSA key/],
  ];
  for (const [pem, expected] of refused)
    assert.throws(() => readPublicKey(pem), { name: UnfitKey.name, message: expected });
});
