// Signature errors: what is wrong, where, and what to do next.
import { UserError } from '../messages/user-error.ts';

const ANOTHER_WAY =
  'it was not used; try another network or mirror, and if that does not help, do not trust that server';

/** The document has no signature, or no readable one. */
export function notSigned(url: string, cause: unknown): UserError {
  return new UserError(
    `${url}: not a signed document\n` +
      '  hint: a captive portal on this network, or a mirror that drops signatures: open the URL in a browser',
    { cause },
  );
}

/** A pinned key's signature does not match the text, or has expired. */
export function badSignature(url: string, signer: string, cause: Error): UserError {
  const why = cause.message.replace(/\.$/, '');
  return new UserError(
    `${url}: the signature by ${signer} is not valid: ${why}\n  hint: ${ANOTHER_WAY}`,
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
    `${url}: the signature is dated in the future\n  hint: set this computer's clock`,
  );
}

export function brokenKeyring(path: string, cause: unknown): UserError {
  return new UserError(
    `${path}: cannot read any OpenPGP keys from it\n` +
      '  hint: restore it from version control; gpg --export makes a keyring of your own',
    { cause },
  );
}

export function keyMissing(path: string, fingerprint: string): UserError {
  return new UserError(
    `${path}: key ${fingerprint} is missing\n  hint: restore it from version control`,
  );
}
