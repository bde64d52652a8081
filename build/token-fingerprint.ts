// What cluster.lock.json, which is committed, says of the servers' token.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** scrypt costs (RFC 7914), so that a weak token cannot be guessed from a committed fingerprint. */
const SCRYPT = { N: 16384, r: 8, p: 1 };

/** `scrypt:<salt>:<hash>`, both in hex, with a new salt each time. */
export function fingerprintOf(token: string): string {
  const salt = randomBytes(8).toString('hex');
  return `scrypt:${salt}:${scryptHex(token, salt)}`;
}

/** Whether a fingerprint belongs to a token. */
export function matchesFingerprint(token: string, fingerprint: string): boolean {
  const [kind, salt, hash] = fingerprint.split(':');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(scryptHex(token, salt));
  const given = Buffer.from(hash);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function scryptHex(token: string, salt: string): string {
  return scryptSync(token, salt, 32, SCRYPT).toString('hex');
}
