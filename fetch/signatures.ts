// Clear-signed documents (RFC 9580, section 7) → the text that a trusted key signed, and only that.
import { readFile } from 'node:fs/promises';
import {
  type CleartextMessage,
  type PublicKey,
  readCleartextMessage,
  readKeys,
  type VerifyMessageResult,
  verify,
} from 'openpgp';
import {
  badSignature,
  brokenKeyring,
  keyMissing,
  notSigned,
  signatureFromTheFuture,
  unknownSigner,
} from './signature-errors.ts';

/** A key whose signatures count. */
export interface TrustedKey {
  readonly key: PublicKey;
  /** The file that it is from, for messages. */
  readonly keyring: string;
}

/** A publisher and its keys. */
export interface KnownSigners {
  /** For messages, such as `the Ubuntu archive`. */
  readonly name: string;
  readonly keys: readonly TrustedKey[];
}

/** Whose signatures are trusted. */
export interface Signers extends KnownSigners {
  /** The folder for further keys of this publisher, for messages. */
  readonly byHand: string;
  /** Told of each signature that was checked, in one line. */
  readonly trace?: ((line: string) => void) | undefined;
}

/**
 * The keys with these fingerprints (40 hex digits) from a binary keyring.
 * @throws {UserError} if the file cannot be read or lacks one of them
 */
export async function loadSigners(
  name: string,
  keyring: string,
  fingerprints: readonly string[],
): Promise<KnownSigners> {
  const found = await readKeyring(keyring);
  const keys = fingerprints.map((fingerprint) => {
    const key = found.find((one) => fingerprintOf(one) === fingerprint);
    if (key === undefined) throw keyMissing(keyring, fingerprint);
    return { key, keyring };
  });
  return { name, keys };
}

async function readKeyring(keyring: string): Promise<PublicKey[]> {
  try {
    return await readKeys({ binaryKeys: new Uint8Array(await readFile(keyring)) });
  } catch (cause) {
    throw brokenKeyring(keyring, cause);
  }
}

/** Upper-case hex, as OpenPGP tools print it. */
export function fingerprintOf(key: Pick<PublicKey, 'getFingerprint'>): string {
  return key.getFingerprint().toUpperCase();
}

/**
 * The signed text of a clear-signed document, without anything before or after the signed part. At
 * least one signature must be valid and by `signers`; others are ignored.
 * @param url where the document came from, for messages
 * @throws {UserError} if there is no such signature
 */
export async function verifiedText(
  document: Uint8Array,
  signers: Signers,
  url: string,
  now = new Date(),
): Promise<string> {
  const message = await readDocument(document, url);
  const verificationKeys = signers.keys.map(({ key }) => key);
  const { data, signatures } = await verify({ message, verificationKeys, date: now });
  // verify() itself succeeds on tampered text: only each signature's own promise tells.
  const results = await Promise.all(signatures.map((signature) => judge(signature, signers, now)));
  const valid = results.find(({ is }) => is === 'valid');
  if (valid?.is !== 'valid') {
    const keyrings = new Set(signers.keys.map(({ keyring }) => keyring));
    signers.trace?.(`${url}: no valid signature by a key of ${[...keyrings].join(', ')}`);
    throw await fault(results, signatures, signers, url);
  }
  const { key, keyring } = valid.by;
  signers.trace?.(`${url}: signed by ${signers.name}, key ${fingerprintOf(key)} of ${keyring}`);
  return data;
}

async function readDocument(document: Uint8Array, url: string): Promise<CleartextMessage> {
  try {
    const cleartextMessage = new TextDecoder('utf-8', { fatal: true }).decode(document);
    return await readCleartextMessage({ cleartextMessage });
  } catch (cause) {
    throw notSigned(url, cause);
  }
}

type Signature = VerifyMessageResult['signatures'][number];

/** `unknown`: by a key that is not trusted. */
type Judgement =
  | { readonly is: 'unknown' }
  | { readonly is: 'valid' | 'future'; readonly by: TrustedKey }
  | { readonly is: 'broken'; readonly by: TrustedKey; readonly why: Error };

async function judge(
  { keyID, verified, signature }: Signature,
  signers: Signers,
  now: Date,
): Promise<Judgement> {
  const by = signers.keys.find(({ key }) => key.getKeys(keyID).length > 0);
  if (by === undefined) return { is: 'unknown' };
  try {
    await verified;
    // The library only checks that the key was good at the time that the signature claims.
    await by.key.getSigningKey(keyID, now);
    return { is: 'valid', by };
  } catch (error) {
    const [packet] = (await signature).packets;
    if ((packet?.created?.getTime() ?? 0) > now.getTime()) return { is: 'future', by };
    return { is: 'broken', by, why: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** The fingerprint of the key that a signature claims to be by; its id, where it has no fingerprint. */
async function nameOf({ keyID, signature }: Signature): Promise<string> {
  const fingerprint = (await signature).packets[0]?.issuerFingerprint;
  const name = fingerprint ? Buffer.from(fingerprint).toString('hex') : keyID.toHex();
  return name.toUpperCase();
}

async function fault(
  results: readonly Judgement[],
  signatures: readonly Signature[],
  signers: Signers,
  url: string,
): Promise<Error> {
  const broken = results.find((result) => result.is === 'broken');
  if (broken !== undefined) {
    const { key, keyring } = broken.by;
    return badSignature(url, signers, { fingerprint: fingerprintOf(key), keyring }, broken.why);
  }
  if (results.some(({ is }) => is === 'future')) return signatureFromTheFuture(url);
  return unknownSigner(url, signers, await Promise.all(signatures.map(nameOf)));
}
