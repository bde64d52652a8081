// Addresses that no machine has, or that others cannot reach it at; names pass.
import { isIP } from 'node:net';

type Kinds = readonly (readonly [pattern: RegExp, words: string])[];

const NOBODY = 'is not the address of any machine';
const ITSELF = 'is, for each machine, the machine itself';
const MULTICAST = 'is a multicast address, not that of a machine';

/** By what isIP says; the words follow the address. 0 are names. */
const NOT_HOSTS: Readonly<Record<number, Kinds>> = {
  0: [[/^(.+\.)?localhost\.?$/i, ITSELF]],
  4: [
    [/^0\./, NOBODY],
    [/^127\./, ITSELF],
    [/^(22[4-9]|23\d)\./, MULTICAST],
    [/^255\.255\.255\.255$/, 'is the broadcast address, not that of a machine'],
    [/^(24\d|25[0-5])\./, 'is a reserved address, which no machine has'],
  ],
  6: [
    [/^[0:]+$/, NOBODY],
    [/^[0:]+:0*1$/, ITSELF],
    [/^ff/i, MULTICAST],
  ],
};

/** Why no machine can be told apart by an IP address or a name; null if one can. */
export function notAHost(host: string): string | null {
  return NOT_HOSTS[isIP(host)]?.find(([pattern]) => pattern.test(host))?.[1] ?? null;
}

/** Why machines elsewhere cannot reach one at an IPv4 address or a name; null if they can. */
export function unreachable(host: string): string | null {
  if (isIP(host) !== 4 || !host.startsWith('169.254.')) return notAHost(host);
  return 'is a link-local address, which a computer gives itself if no DHCP server answers';
}
