// Which local addresses to serve on. They change: a laptop sleeps, and wakes up in another network.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Interfaces, isMeant } from './own-interfaces.ts';
import { hostNotOnInterface, hostUnknown, interfaceUnknown } from './serve-errors.ts';

export interface Where {
  /** One of this computer's addresses, or a name for it; default: all addresses. */
  readonly host?: string | undefined;
  /** Only the addresses of this interface, or of one label of it (`eth0:1`). */
  readonly interface?: string | undefined;
}

export interface Addresses {
  /** Empty: one socket for all addresses. Null: none, until an address comes back. */
  readonly http: readonly string[] | null;
  /** One socket each: the answer to a datagram must come from the address that it was sent to. */
  readonly tftp: readonly string[];
}

export interface OwnAddresses {
  /** Those at the start. */
  readonly first: Addresses;
  /** Of `host`, if that is a name. */
  readonly resolved: string | null;
  /** Those that there are now. Never rejects: a name that does not resolve keeps its address. */
  look(): Promise<Addresses>;
}

/** What is asked of the system; replaced in tests. */
export interface AddressSource {
  readonly interfaces: () => Interfaces;
  readonly resolve: (host: string) => Promise<string>;
}

const SYSTEM: AddressSource = {
  interfaces: networkInterfaces,
  resolve: async (host) => (await lookup(host)).address,
};

/**
 * The addresses to listen on, now and later.
 * @throws {UserError} when host or interface does not exist, or they do not match
 */
export async function openAddresses(
  { host, interface: name }: Where,
  { interfaces, resolve }: AddressSource = SYSTEM,
): Promise<OwnAddresses> {
  const own = addressesOf(interfaces(), name);
  if (name !== undefined && own.length === 0) {
    throw interfaceUnknown(name, Object.keys(interfaces()));
  }
  const isName = host !== undefined && isIP(host) === 0;
  let address = isName ? await resolveFirst(host, resolve) : (host ?? null);
  if (isOne(address) && name !== undefined && !own.includes(address)) {
    throw hostNotOnInterface(host ?? address, name);
  }
  // Not every address that can be bound is listed: 127.0.0.2 is not.
  let isListed = address !== null && own.includes(address);
  const look = async () => {
    const now = addressesOf(interfaces(), name);
    if (isName && address !== null && !now.includes(address)) {
      address = await resolve(host).catch(() => address);
    }
    isListed ||= address !== null && now.includes(address);
    return choose(address, now, { isListed, isLimited: name !== undefined });
  };
  const first = choose(address, own, { isListed, isLimited: name !== undefined });
  return { first, resolved: isName ? address : null, look };
}

/**
 * @param address null, or an unspecified one: all of `own`
 * @param isListed whether the address was ever among our own, so that it is gone if it is not now
 * @param isLimited whether `own` are those of one interface
 */
function choose(
  address: string | null,
  own: readonly string[],
  { isListed, isLimited }: { readonly isListed: boolean; readonly isLimited: boolean },
): Addresses {
  if (isOne(address)) {
    const isGone = isListed && !own.includes(address);
    return isGone ? { http: null, tftp: [] } : { http: [address], tftp: [address] };
  }
  const tftp = address === '0.0.0.0' ? own.filter((one) => isIP(one) === 4) : own;
  if (!isLimited) return { http: address === null ? [] : [address], tftp };
  return { http: tftp.length === 0 ? null : tftp, tftp };
}

function isOne(address: string | null): address is string {
  return address !== null && !isUnspecified(address);
}

/** IPv4 first; without link-local IPv6 addresses, which mean nothing without an interface. */
function addressesOf(interfaces: Interfaces, name: string | undefined): string[] {
  return Object.entries(interfaces)
    .filter(([one]) => name === undefined || isMeant(one, name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ address }) => !/^fe[89ab]/i.test(address))
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

/** `0.0.0.0` and `::` mean all addresses. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

async function resolveFirst(host: string, resolve: AddressSource['resolve']): Promise<string> {
  try {
    return await resolve(host);
  } catch (error) {
    throw hostUnknown(host, error);
  }
}
