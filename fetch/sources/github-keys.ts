// `gh:<user>` → the public ssh keys that GitHub has for that user.

import { isMissing, noGithubKeys, noSuchGithubUser, oddGithubKeys } from './errors.ts';
import type { Sources } from './source.ts';
import { below } from './source.ts';

const MAX_BYTES = 256 * 1024;
const KEY_LINE =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( .*)?$/;
/** Keys of a kind that sshd no longer takes. */
const OBSOLETE = /^ssh-dss /;

/**
 * Asks GitHub for a user's keys, as authorized_keys lines in its order.
 * @throws {UserError} when there is no such user, when the user has no usable key, or when the
 *   answer is something else than keys
 */
export async function resolveGithubKeys(
  user: string,
  { mirrors, http }: Pick<Sources, 'mirrors' | 'http'>,
): Promise<string[]> {
  const url = below(mirrors.github, `${user}.keys`);
  const text = await readKeys(url, user, http);
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const odd = lines.find((line) => !KEY_LINE.test(line) && !OBSOLETE.test(line));
  if (odd !== undefined) throw oddGithubKeys(url, odd);
  const keys = lines.filter((line) => KEY_LINE.test(line));
  if (keys.length === 0) throw noGithubKeys(url, user);
  return keys;
}

async function readKeys(url: string, user: string, http: Sources['http']): Promise<string> {
  try {
    return Buffer.from(await http.bytes(url, { maxBytes: MAX_BYTES })).toString('utf8');
  } catch (cause) {
    throw isMissing(cause) ? noSuchGithubUser(url, user, cause) : cause;
  }
}
