// Which public keys a node may show.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Bits. 3072 is what nodes make; larger ones only cost us time. */
const LEAST_BITS = 3072;
const MOST_BITS = 4096;

/** A key that nothing is sealed to; the message says why. */
export class UnfitKey extends Error {
  override readonly name: string = 'UnfitKey';
}

export interface PublicKey {
  readonly key: KeyObject;
  /** The one spelling of it: PEM. */
  readonly pem: string;
  /** As ssh shows them: `SHA256:` and the digest of the DER, in base64 without padding. */
  readonly fingerprint: string;
}

/**
 * Reads a SubjectPublicKeyInfo in PEM.
 * @throws {UnfitKey} for anything but an RSA key of 3072 to 4096 bits with the exponent 65537
 */
export function readPublicKey(pem: string): PublicKey {
  const key = parse(pem);
  const { modulusLength: bits = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa') throw new UnfitKey('the key is not an RSA key');
  if (bits < LEAST_BITS) throw new UnfitKey(`the key has ${bits} bits, fewer than ${LEAST_BITS}`);
  if (bits > MOST_BITS) throw new UnfitKey(`the key has ${bits} bits, more than ${MOST_BITS}`);
  if (publicExponent !== 65537n) throw new UnfitKey("the key's exponent is not 65537");
  const der = key.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(der).digest('base64').replace(/=+$/, '');
  const spelled = key.export({ type: 'spki', format: 'pem' }).toString();
  return { key, pem: spelled, fingerprint: `SHA256:${digest}` };
}

function parse(pem: string): KeyObject {
  // Given a private key or a certificate, Node.js would take the public key in it.
  if (!/^-----BEGIN PUBLIC KEY-----\r?\n/.test(pem))
    throw new UnfitKey('not a public key in PEM (-----BEGIN PUBLIC KEY-----)');
  try {
    return createPublicKey(pem);
  } catch {
    throw new UnfitKey('the public key is damaged');
  }
}
