// What a machine says that will not come up, and waits that end there.
import type { Found, Transcript } from './transcript.ts';

const GIVEN_UP = ['CANNOT GO ON: .*', 'Kernel panic.*'];
const LEFT_NETWORK = 'booting the local disk';

/**
 * What a machine says that has given up.
 * @param from `network`: that iPXE leaves for the local disk is a fault, too
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
  const given = said
    .waitFor(refused, seconds)
    .then(({ match }) => Promise.reject(new Error(`the boot ended: ${match[0]}\n${said.tail()}`)));
  given.catch(() => undefined);
  return Promise.race([said.waitFor(up, seconds), given]);
}
