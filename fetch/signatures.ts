// Clear-signed documents (RFC 9580, section 7) → the text that a pinned key signed, and only that.
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

/** Whose signatures are trusted. */
export interface Signers {
  /** For messages, such as `the Ubuntu archive`. */
  readonly name: string;
  readonly keys: readonly PublicKey[];
  /** Told of each signature that was accepted, in one line. */
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
): Promise<Signers> {
  const found = await readKeyring(keyring);
  const keys = fingerprints.map((fingerprint) => {
    const key = found.find((one) => one.getFingerprint() === fingerprint.toLowerCase());
    if (key === undefined) throw keyMissing(keyring, fingerprint);
    return key;
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
  const verificationKeys = [...signers.keys];
  const { data, signatures } = await verify({ message, verificationKeys, date: now });
  // verify() itself succeeds on tampered text: only each signature's own promise tells.
  const results = await Promise.all(signatures.map((signature) => judge(signature, signers, now)));
  const valid = signatures[results.indexOf('valid')];
  if (valid !== undefined) {
    const key = signers.keys.find((one) => one.getKeys(valid.keyID).length > 0);
    signers.trace?.(
      `${url}: signed by ${signers.name}, key ${key?.getFingerprint().toUpperCase()}`,
    );
    return data;
  }
  throw await fault(results, signatures, signers, url);
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

/** `unknown`: by a key that is not ours. Otherwise valid, or why not. */
type Judgement = 'valid' | 'unknown' | 'future' | Error;

async function judge(
  { keyID, verified, signature }: Signature,
  signers: Signers,
  now: Date,
): Promise<Judgement> {
  const key = signers.keys.find((one) => one.getKeys(keyID).length > 0);
  if (key === undefined) return 'unknown';
  try {
    await verified;
    // The library only checks that the key was good at the time that the signature claims.
    await key.getSigningKey(keyID, now);
    return 'valid';
  } catch (error) {
    const [packet] = (await signature).packets;
    if ((packet?.created?.getTime() ?? 0) > now.getTime()) return 'future';
    return error instanceof Error ? error : new Error(String(error));
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
  const broken = results.find((result) => result instanceof Error);
  if (broken instanceof Error) return badSignature(url, signers.name, broken);
  if (results.includes('future')) return signatureFromTheFuture(url);
  return unknownSigner(url, signers.name, await Promise.all(signatures.map(nameOf)));
}
