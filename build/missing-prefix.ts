// An address that lacks its prefix length → the address with one, as the rest of nodes.yaml suggests.
import { isIPv4 } from 'node:net';
import { contains, ipv4ToNumber, parseCidr } from './subnet.ts';

/** Parts of nodes.yaml, which may be invalid. */
type Raw = Readonly<Record<string, unknown>> | undefined;

/**
 * The address with a prefix length: that of its netmask, of another node's subnet, or of a home network with the
 * same router; undefined where nothing suggests one.
 */
export function withPrefix(address: string, document: unknown): string | undefined {
  const [ip = '', mask, ...rest] = address.split('/');
  if (!isIPv4(ip) || rest.length > 0) return undefined;
  if (mask !== undefined) return isIPv4(mask) ? fromMask(ip, mask) : undefined;
  const { nodes, defaults, network } = (document ?? {}) as Readonly<Record<string, Raw>>;
  const others = Array.isArray(nodes) ? nodes.map((node: Raw) => node?.ip) : [];
  const subnets = others.flatMap((other) =>
    typeof other === 'string' ? (parseCidr(other) ?? []) : [],
  );
  const around = subnets.find((subnet) => contains(subnet, ip));
  if (around !== undefined) return `${ip}/${around.prefix}`;
  const home = parseCidr(`${ip}/24`);
  const gateways = [defaults?.gateway, network?.gateway].map(String).filter((one) => isIPv4(one));
  return home !== null && gateways.some((one) => contains(home, one)) ? `${ip}/24` : undefined;
}

/** `255.255.255.0` → `/24`. */
function fromMask(ip: string, mask: string): string | undefined {
  const bits = ipv4ToNumber(mask).toString(2).padStart(32, '0');
  return /^1+0*$/.test(bits) ? `${ip}/${bits.replace(/0+$/, '').length}` : undefined;
}
