// Why the proxy DHCP server cannot hear machines, and how to fix it: text for the terminal.
import { allowing } from '../serve-errors.ts';

/**
 * For port 67, at which machines ask all servers.
 * @param addresses our addresses that cannot make offers
 */
export function deafAtDhcpPort(
  port: number,
  addresses: readonly string[],
  error: NodeJS.ErrnoException,
  platform: NodeJS.Platform = process.platform,
): string {
  const where = `proxy DHCP: port ${port} of ${addresses.join(', ')}`;
  switch (error.code) {
    case 'EACCES':
      return `${where} needs a privilege that this user does not have\n  hint: ${allowing(port, platform)}`;
    case 'EADDRINUSE':
      return (
        `${where} is taken by a DHCP server on this computer; only port 4011 answers there\n` +
        '  hint: better than a proxy: configure that server with the snippets in dist/dhcp/\n' +
        '  or make dnsmasq share the port: bind-interfaces, and interface=… or listen-address=…\n' +
        '  or have it redirect machines to port 4011: dhcp-option-force=60,PXEClient'
      );
    default:
      return `${where}: ${error.message}`;
  }
}

/** For port 4011 of an address, at which a machine asks only us. */
export function deafAtBootServerPort(
  address: string,
  port: number,
  error: NodeJS.ErrnoException,
): string {
  const where = `proxy DHCP: port ${port} of ${address}`;
  if (error.code !== 'EADDRINUSE') return `${where}: ${error.message}`;
  return `${where} is in use by another program, perhaps another proxy DHCP server: UEFI machines will ask that one\n  hint: stop one of the two`;
}

export function noNetwork(): string {
  return (
    'proxy DHCP: none of the served addresses is on a broadcast network (IPv4, not a tunnel)\n' +
    '  hint: connect the network first, or choose another --host or --interface'
  );
}
