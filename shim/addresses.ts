// Which local addresses to serve on.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { hostNotOnInterface, hostUnknown, interfaceUnknown } from './serve-errors.ts';

type Interfaces = ReturnType<typeof networkInterfaces>;

export interface Where {
  /** One of this computer's addresses, or a name for it; default: all addresses. */
  readonly host?: string | undefined;
  /** Only the addresses of this interface. */
  readonly interface?: string | undefined;
}

export interface Addresses {
  /** Empty: one socket for all addresses. */
  readonly http: readonly string[];
  /** One socket each: the answer to a datagram must come from the address that it was sent to. */
  readonly tftp: readonly string[];
}

/**
 * The addresses to listen on.
 * @throws {UserError} when host or interface does not exist, or they do not match
 */
export async function chooseAddresses(
  { host, interface: name }: Where,
  interfaces: Interfaces = networkInterfaces(),
): Promise<Addresses> {
  const own = addressesOf(interfaces, name);
  if (host === undefined) return { http: name === undefined ? [] : own, tftp: own };
  const address = isIP(host) === 0 ? await resolve(host) : host;
  if (isUnspecified(address)) {
    const family = isIP(address);
    const tftp = family === 4 ? own.filter((one) => isIP(one) === 4) : own;
    return { http: name === undefined ? [address] : tftp, tftp };
  }
  if (name !== undefined && !own.includes(address)) throw hostNotOnInterface(host, name);
  return { http: [address], tftp: [address] };
}

/** IPv4 first; without link-local IPv6 addresses, which mean nothing without an interface. */
function addressesOf(interfaces: Interfaces, name: string | undefined): string[] {
  const all = Object.entries(interfaces)
    .filter(([one]) => name === undefined || one === name)
    .flatMap(([, addresses]) => addresses ?? []);
  if (name !== undefined && all.length === 0) {
    throw interfaceUnknown(name, Object.keys(interfaces));
  }
  const reachable = all.filter(({ address }) => !/^fe[89ab]/i.test(address));
  return reachable
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

/** `0.0.0.0` and `::` mean all addresses. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw hostUnknown(host, error);
  }
}
