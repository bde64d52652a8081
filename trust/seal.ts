// Seals a text so that only the holder of a private key can read it. A node opens it with its
// openssl command (1.1.1 in Ubuntu 20.04), which has no authenticated cipher: hence encrypt, then MAC
// (payload/trust/seal.py).
import {
  constants,
  createCipheriv,
  createHmac,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { Sealed } from '../contract/enrolment.ts';
import type { PublicKey } from './public-key.ts';

/** openssl-enc(1): the default of -pbkdf2. The password is random already. */
const ITERATIONS = 10_000;

export function seal(text: string, { key }: PublicKey): Sealed {
  const keys = randomBytes(64);
  const data = encrypt(text, keys.subarray(0, 32).toString('hex')).toString('base64');
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return {
    version: 1,
    key: publicEncrypt({ key, padding, oaepHash: 'sha256' }, keys).toString('base64'),
    data,
    tag: createHmac('sha256', keys.subarray(32)).update(data).digest('hex'),
  };
}

/** As `openssl enc -aes-256-cbc -pbkdf2 -md sha256` does: `Salted__`, the salt, the ciphertext. */
function encrypt(text: string, password: string): Buffer {
  const salt = randomBytes(8);
  const derived = pbkdf2Sync(password, salt, ITERATIONS, 48, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', derived.subarray(0, 32), derived.subarray(32));
  const magic = Buffer.from('Salted__');
  return Buffer.concat([magic, salt, cipher.update(text, 'utf8'), cipher.final()]);
}
