// What is refused although the server has it: it is older than before, or not what we know.
import { UserError } from '../messages/user-error.ts';

/** Nothing may quietly take the place of what was refused, unlike that of what is unavailable. */
export class Refusal extends UserError {
  override readonly name = 'Refusal';
}

const REPLAYED =
  'a mirror that lags behind, or someone on the way who withholds updates: try another mirror or network, or wait a few hours';

/** @param date of the index, null if it has none */
export function olderIndex(url: string, date: Date | null, known: Date): Refusal {
  const found = date === null ? 'it has no date' : `it is of ${timeText(date)}`;
  return new Refusal(
    `${url}: ${found}, but media.lock.json has seen one of ${timeText(known)}\n` +
      `  hint: ${REPLAYED}; to take the older one, add --allow-downgrade`,
  );
}

export function expiredIndex(url: string, validUntil: Date, now: Date): Refusal {
  return new Refusal(
    `${url}: it was valid until ${timeText(validUntil)}, and now it is ${timeText(now)}\n` +
      `  hint: if that is not the time, set this computer's clock; otherwise ${REPLAYED}; to take it as it is, add --allow-downgrade`,
  );
}

/** `2025-07-17T10:11:12Z`. */
function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

export interface Step {
  /** Such as `k3s stable`. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

/** All that would go back, in one error. */
export function goesBack(steps: readonly Step[]): Refusal {
  const lines = steps.map(
    ({ what, from, to }) =>
      `${what}: the publisher offers ${to}, which is older than ${from} in media.lock.json`,
  );
  return new Refusal(
    `${lines.join('\n')}\n` +
      '  hint: nothing was changed; if the publisher withdrew the newer one, run ./homepbp fetch again with --allow-downgrade; otherwise try another mirror or network',
  );
}

/**
 * @param received what arrived instead: its size or its hash
 * @param expected the same of the release
 */
export function otherIpxe(
  url: string,
  { version, size, sha256 }: { version: string; size: number; sha256: string },
  received: string,
  cause: Error,
): Refusal {
  return new Refusal(
    `${url}: not the release of iPXE ${version} that HomePBP knows\n` +
      `  expected ${size} bytes, SHA-256 ${sha256}\n  received ${received}\n` +
      '  hint: it was discarded; a captive portal, or someone on the way: try another mirror or network',
    { cause },
  );
}

export function plainMirror(name: string, url: string): Refusal {
  return new Refusal(
    `--mirror ${name}=${url}: refused, as what ${name} sends has no signature: over http anyone on the way could replace it\n` +
      '  hint: use https (NODE_EXTRA_CA_CERTS names a CA of your own), or copy a media.lock.json that a computer with https has made: with its hashes, no mirror is asked',
  );
}
