// Signature errors: what is wrong, where, and what to do next.
import { join } from 'node:path';
import { shellWord } from '../messages/shell-word.ts';
import { UserError } from '../messages/user-error.ts';
import { Refusal } from './refusal-errors.ts';

const ANOTHER_WAY =
  'it was not used; try another network or mirror, and if that does not help, do not trust that server';

/** The publisher that should have signed. */
interface Expected {
  readonly name: string;
  /** The folder for keys that the user trusts for it. */
  readonly byHand: string;
}

/** The document has no signature, or no readable one. */
export function notSigned(url: string, cause: unknown): UserError {
  return new UserError(
    `${url}: not a signed document\n` +
      '  hint: a captive portal on this network, or a mirror that drops signatures: open the URL in a browser',
    { cause },
  );
}

/** A trusted key's signature does not match the text, or the signature or the key has expired. */
export function badSignature(
  url: string,
  { name, byHand }: Expected,
  { fingerprint, keyring }: { readonly fingerprint: string; readonly keyring: string },
  cause: Error,
): Refusal {
  const why = cause.message.replace(/\.$/, '');
  const renewed = /key is expired/i.test(why)
    ? `; if the publisher has renewed the key, save the renewed one as ${join(byHand, fingerprint)}.asc`
    : '';
  return new Refusal(
    `${url}: the signature by ${name} is not valid: ${why} (key ${fingerprint} of ${keyring})\n` +
      `  hint: ${ANOTHER_WAY}${renewed}`,
    { cause },
  );
}

/** @param signedBy what the signatures say: fingerprints, or mere ids of 16 digits */
export function unknownSigner(
  url: string,
  { name, byHand }: Expected,
  signedBy: readonly string[],
): Refusal {
  const [first = 'nobody', ...others] = signedBy;
  const by = signedBy.length === 0 ? first : `the key ${[first, ...others].join(', ')}`;
  const steps = signedBy.length === 0 ? '' : stepsToTrust(name, byHand, signedBy);
  return new Refusal(`${url}: signed by ${by}, not by ${name}\n  hint: ${ANOTHER_WAY}${steps}`);
}

/** Whoever sends the document chooses what it says, so nothing here may come from that server alone. */
function stepsToTrust(name: string, byHand: string, signedBy: readonly string[]): string {
  const [only = ''] = signedBy;
  const isWhole = signedBy.length === 1 && only.length > SHORT_ID;
  const file = shellWord(join(byHand, `${isWhole ? only : 'FINGERPRINT'}.asc`));
  return (
    '\n  Trust the key by hand only if the publisher, or whoever runs your mirror, gives you its fingerprint\n' +
    `  by another way than that server. It then counts in this project, for ${name} only:\n` +
    `    1. mkdir -p ${shellWord(byHand)}\n` +
    `    2. save its public key as ${file}\n` +
    `    3. gpg --show-keys ${file}\n` +
    '       must print the fingerprint that you were given: compare all of its digits\n' +
    '    4. ./homepbp fetch\n' +
    '  More: docs/media.md, "Trusting a signer by hand"'
  );
}

/** Digits of a key's id, which two keys can share. */
const SHORT_ID = 16;

export function signatureFromTheFuture(url: string): UserError {
  return new UserError(
    `${url}: the signature is dated in the future\n  hint: set this computer's clock`,
  );
}

export function brokenKeyring(path: string, cause: unknown): UserError {
  return new UserError(
    `${path}: cannot read any OpenPGP keys from it\n  hint: restore it from version control`,
    { cause },
  );
}

export function keyMissing(path: string, fingerprint: string): UserError {
  return new UserError(
    `${path}: key ${fingerprint} is missing\n  hint: restore it from version control`,
  );
}
