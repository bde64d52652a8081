/**
 * An IPv4 address that a socket for both families shows as IPv6 (`::ffff:192.168.1.11`, RFC 4291 section
 * 2.5.5.2), as people and the kernel's tables write it; any other address as it is.
 */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** @param address not mapped */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
