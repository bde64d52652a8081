// What is wrong with a signature, where, and what to do next.
import { UserError } from '../messages/user-error.ts';

const ANOTHER_WAY =
  'nothing of it was used; try another network or mirror, and if it stays so, do not trust that server';

/** The document has no signature at all, or none that can be read. */
export function notSigned(url: string, cause: unknown): UserError {
  return new UserError(
    `${url}: this is no signed document\n` +
      '  hint: a login page of this network, or a mirror that drops signatures: open the URL in a browser',
    { cause },
  );
}

/** A pinned key's signature does not fit the text, or is expired. */
export function badSignature(url: string, signer: string, cause: Error): UserError {
  const why = cause.message.replace(/\.$/, '');
  return new UserError(
    `${url}: the signature of ${signer} does not hold: ${why}\n  hint: ${ANOTHER_WAY}`,
    { cause },
  );
}

export function unknownSigner(url: string, signer: string, keyIds: readonly string[]): UserError {
  const by = keyIds.length === 0 ? 'nobody' : `the key ${keyIds.join(', ')}`;
  return new UserError(
    `${url}: signed by ${by}, not by ${signer}\n` +
      `  hint: ${ANOTHER_WAY}; if the publisher announced a new key, see fetch/keyrings/README.md`,
  );
}

export function signatureFromTheFuture(url: string): UserError {
  return new UserError(
    `${url}: signed at a time that has not come yet\n  hint: set this computer's clock`,
  );
}

export function brokenKeyring(path: string, cause: unknown): UserError {
  return new UserError(
    `${path}: no OpenPGP keys can be read from it\n` +
      '  hint: restore it from version control; a keyring of your own is made by gpg --export',
    { cause },
  );
}

export function keyMissing(path: string, fingerprint: string): UserError {
  return new UserError(
    `${path}: the key ${fingerprint} is not in it\n  hint: restore it from version control`,
  );
}
