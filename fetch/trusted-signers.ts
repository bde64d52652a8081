// Keys that the user trusts by hand: trusted-signers/<publisher>/<fingerprint>.asc, beside nodes.yaml.
// The file's name is what the user has compared, so a file that is replaced later is noticed.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublicKey, readKeys } from 'openpgp';
import { UserError } from '../messages/user-error.ts';
import { severalFailed } from './fetch-errors.ts';
import { fingerprintOf, type KnownSigners, type Signers, type TrustedKey } from './signatures.ts';
import type { KnownPublishers, Publishers } from './signers.ts';
import {
  badName,
  misplaced,
  noKey,
  otherKey,
  privateKey,
  severalKeys,
  tooLargeForKey,
  unreadable,
} from './trusted-signer-errors.ts';

/** In the project, so that it is reviewed and committed with it. */
const FOLDER = 'trusted-signers';
const NAMES = ['archive', 'images'] as const satisfies (keyof Publishers)[];

/** The largest keys, with thousands of other people's signatures, have some 100 kB. */
const MAX_KEY = 1 << 20;

/**
 * The publishers with the keys that a project trusts for each of them.
 * @param project the folder of nodes.yaml
 * @throws {UserError} all faults of the project's folder at once
 */
export async function trustedSigners(
  known: KnownPublishers,
  project: string,
  trace?: (line: string) => void,
): Promise<Publishers> {
  const folder = join(project, FOLDER);
  const strays = (await visibleNames(folder)).filter((name) => !NAMES.some((one) => one === name));
  const faults: UserError[] = strays.map((name) => misplaced(join(folder, name), NAMES));
  const widened = async (name: keyof Publishers): Promise<Signers> => {
    const byHand = join(folder, name);
    const own = await readFolder(byHand, faults);
    for (const { keyring } of own) trace?.(`${keyring}: trusted by hand for ${known[name].name}`);
    return { ...(await withKeys(known[name], own)), byHand, trace };
  };
  const publishers = { archive: await widened('archive'), images: await widened('images') };
  if (faults.length > 0) throw severalFailed(faults);
  return publishers;
}

/** Without what systems and editors leave behind; empty if there is no such folder. */
async function visibleNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

async function readFolder(folder: string, faults: UserError[]): Promise<TrustedKey[]> {
  const keys: TrustedKey[] = [];
  try {
    for (const name of await visibleNames(folder)) {
      await readTrusted(folder, name).then(
        (key) => keys.push(key),
        (fault) => faults.push(asUserError(fault)),
      );
    }
  } catch (fault) {
    faults.push(asUserError(fault));
  }
  return keys;
}

function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

async function readTrusted(folder: string, name: string): Promise<TrustedKey> {
  const path = join(folder, name);
  const fingerprint = parseName(path, name);
  const keys = await parseKeys(path, await readSmall(path));
  const [key] = keys;
  if (key === undefined || keys.length > 1) throw severalKeys(path, keys.length);
  if (key.isPrivate()) throw privateKey(path);
  if (fingerprintOf(key) === fingerprint) return { key, keyring: path };
  const isSubkey = key.getSubkeys().some((one) => fingerprintOf(one) === fingerprint);
  throw otherKey(path, fingerprintOf(key), isSubkey);
}

/** Upper-case; may be written in groups, as gpg prints it. */
function parseName(path: string, name: string): string {
  const bare = name.replaceAll(/\s/g, '');
  const [, fingerprint] = /^([0-9a-f]{40}|[0-9a-f]{64})\.(?:asc|gpg)$/i.exec(bare) ?? [];
  if (fingerprint === undefined) throw badName(path);
  return fingerprint.toUpperCase();
}

/** Anything may lie there by mistake: reading a pipe would wait for ever, and a disk image fill the memory. */
async function readSmall(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw noKey(path, 'not a file');
    if (found.size > MAX_KEY) throw tooLargeForKey(path, found.size);
    return await readFile(path);
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

const ARMOR = /^-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----/gm;

/** All of them: the library stops after the first armored block. */
async function parseKeys(path: string, content: Buffer): Promise<PublicKey[]> {
  const text = content.toString('latin1');
  const blocks = text.match(ARMOR)?.length ?? 0;
  if (blocks > 1) throw severalKeys(path, blocks);
  try {
    if (blocks === 1) return await readKeys({ armoredKeys: text });
    return await readKeys({ binaryKeys: new Uint8Array(content) });
  } catch (cause) {
    throw noKey(path, 'no OpenPGP key in it', cause);
  }
}

async function withKeys(known: KnownSigners, own: readonly TrustedKey[]): Promise<KnownSigners> {
  let keys = known.keys;
  for (const one of own) keys = await withKey(keys, one);
  return { ...known, keys };
}

/** Two copies of a key make one: a renewal in either counts, and so does a revocation. */
async function withKey(keys: readonly TrustedKey[], one: TrustedKey): Promise<TrustedKey[]> {
  const isSame = ({ key }: TrustedKey) => fingerprintOf(key) === fingerprintOf(one.key);
  if (!keys.some(isSame)) return [...keys, one];
  const merge = async (other: TrustedKey) => {
    const keyring = `${other.keyring} and ${one.keyring}`;
    return { key: await other.key.update(one.key), keyring };
  };
  return Promise.all(keys.map((other) => (isSame(other) ? merge(other) : other)));
}
