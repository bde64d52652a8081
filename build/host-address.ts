// IPv4 addresses that no machine has, or that others cannot reach it at.
import { type Cidr, ipv4ToNumber } from './subnet.ts';

/** By the first octets; the words follow the address. */
const NOT_HOSTS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^0\./, 'is not the address of any machine'],
  [/^127\./, 'is, for each machine, the machine itself'],
  [/^(22[4-9]|23\d)\./, 'is a multicast address, not that of a machine'],
  [/^255\.255\.255\.255$/, 'is the broadcast address, not that of a machine'],
  [/^(24\d|25[0-5])\./, 'is a reserved address, which no machine has'],
];

/** Why no machine can be told apart by an IPv4 address; null if one can. */
export function notAHost(address: string): string | null {
  return NOT_HOSTS.find(([pattern]) => pattern.test(address))?.[1] ?? null;
}

/** Why machines elsewhere cannot reach one at an IPv4 address; null if they can. */
export function unreachable(address: string): string | null {
  if (!address.startsWith('169.254.')) return notAHost(address);
  return 'is a link-local address, which a computer gives itself if no DHCP server answers';
}

/** Which end of the subnet, and so no host's, the address is; null when it is neither. */
export function endOf({ prefix, first, last }: Cidr, address: string): string | null {
  const number = ipv4ToNumber(address);
  if (prefix >= 31) return null; // RFC 3021: both ends of a /31 are hosts.
  if (number === first) return `is the network address of its subnet (/${prefix})`;
  return number === last ? `is the broadcast address of its subnet (/${prefix})` : null;
}
