// What a machine says if it will not come up, and waits that end there.
import type { Found, Transcript } from './transcript.ts';

/** The last: a program that other releases' initrds may lack (image/ubuntu-initrd.sh). */
const GIVEN_UP = ['CANNOT CONTINUE: .*', 'Kernel panic.*', "E2E: the initrd's own \\S+ was run"];
const LEFT_NETWORK = 'booting the local disk';

/**
 * What a machine says when it has given up.
 * @param from `network`: that iPXE leaves for the local disk is an error, too
 * @param more patterns
 */
export function refusal(from: 'network' | 'anywhere' = 'network', ...more: string[]): RegExp {
  return new RegExp(
    [...GIVEN_UP, ...(from === 'network' ? [LEFT_NETWORK] : []), ...more].join('|'),
  );
}

/**
 * Waits for what a machine says once it is up.
 * @throws at once when it gives up before, or after so many seconds
 */
export async function waitUntilUp(
  said: Transcript,
  up: RegExp,
  seconds: number,
  refused = refusal(),
): Promise<Found> {
  // Whichever comes first in what it says, also where both are there already.
  const found = await said.waitFor(new RegExp(`${refused.source}|${up.source}`), seconds);
  if (!refused.test(found.match[0])) return found;
  throw new Error(`the boot ended: ${found.match[0]}\n${said.tail()}`);
}
