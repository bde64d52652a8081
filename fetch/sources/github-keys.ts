// `gh:<user>` → that user's public ssh keys on GitHub.

import { SSH_PUBLIC_KEY } from '../../contract/ssh-key.ts';
import type { Sources } from './source.ts';
import { below } from './source.ts';
import { isMissing, noGithubKeys, noSuchGithubUser, oddGithubKeys } from './source-errors.ts';

const MAX_BYTES = 256 * 1024;
/** Keys of a kind that sshd no longer accepts. */
const OBSOLETE = /^ssh-dss /;

/**
 * Asks GitHub for a user's keys, as authorized_keys lines in its order.
 * @throws {UserError} if there is no such user, the user has no usable key, or the answer is not a
 *   list of keys
 */
export async function resolveGithubKeys(
  user: string,
  { mirrors, http }: Pick<Sources, 'mirrors' | 'http'>,
): Promise<string[]> {
  const url = below(mirrors.github, `${user}.keys`);
  const text = await readKeys(url, user, http);
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const odd = lines.find((line) => !SSH_PUBLIC_KEY.test(line) && !OBSOLETE.test(line));
  if (odd !== undefined) throw oddGithubKeys(url, odd);
  const keys = lines.filter((line) => SSH_PUBLIC_KEY.test(line));
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
