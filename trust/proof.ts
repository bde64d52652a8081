// Proofs that someone knows a secret: HMAC-SHA-256 (RFC 2104) over a purpose and its fields, so that a
// proof for one purpose is none for another. payload/trust/proof.py makes and checks the same.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is proved, and with which fields, in this order. */
export type Purpose =
  /** (nonce, `founded` or `open`, epoch): Genesis says whether a cluster is founded. */
  | 'latch'
  /** (challenge, MAC, stage, epoch or '', message): a node checks in. */
  | 'check-in'
  /** (nonce, tag of the sealed secrets): Genesis answers an enrolled node. */
  | 'enroll'
  /** (nonce, set): a node works with this set of secrets. */
  | 'uses'
  /** (name): not a proof but the peer key of an agent. */
  | 'agent';

/**
 * 64 hex digits.
 * @param key a peer key, as the text that it is kept as
 * @param fields without line feeds
 */
export function proof(key: string, purpose: Purpose, ...fields: readonly string[]): string {
  const text = `homepbp ${purpose} 1\n${fields.join('\n')}`;
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Whether a given proof is the right one, compared in constant time. */
export function proves(
  given: string,
  key: string,
  purpose: Purpose,
  ...fields: readonly string[]
): boolean {
  const expected = Buffer.from(proof(key, purpose, ...fields));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
