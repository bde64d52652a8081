// IPv4 addresses that no machine can be reached at.

/** By the first octets; the words follow the address. */
const UNREACHABLE: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^0\./, 'is not the address of any machine'],
  [/^127\./, 'is, for each machine, the machine itself'],
  [
    /^169\.254\./,
    'is a link-local address, which a computer gives itself if no DHCP server answers',
  ],
  [/^(22[4-9]|23\d)\./, 'is a multicast address, not that of a machine'],
  [/^255\.255\.255\.255$/, 'is the broadcast address, not that of a machine'],
  [/^(24\d|25[0-5])\./, 'is a reserved address, which no machine has'],
];

/** Why others cannot reach a machine at an IPv4 address; null if they can. */
export function unreachable(address: string): string | null {
  return UNREACHABLE.find(([pattern]) => pattern.test(address))?.[1] ?? null;
}
