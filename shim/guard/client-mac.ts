// Which machine a connection comes from.
import { isIP } from 'node:net';
import { isLoopback, unmapped } from '../unmapped.ts';
import type { Neighbour, Network } from './network.ts';

export type ClientMac =
  | { readonly kind: 'neighbour'; readonly mac: string }
  /** This computer itself. */
  | { readonly kind: 'self' }
  /** Behind a router, or uncertain. */
  | { readonly kind: 'unknown' };

/**
 * The MAC address behind a connection's addresses: the one that the neighbour table has for the
 * client on the interface that owns the local address.
 *
 * Linux also accepts packets for one interface's address on another, so a machine elsewhere may
 * claim the client's address and send to that interface's. The answer goes where the neighbour table
 * says: if it lists the client on several interfaces, as different machines, the answer must leave
 * by the interface that was addressed.
 */
export async function clientMac(
  network: Network,
  client: string | undefined,
  local: string | undefined,
): Promise<ClientMac> {
  const [from, to] = [parseEndpoint(client), parseEndpoint(local)];
  if (from === null || to === null) return { kind: 'unknown' };
  if (isLoopback(from.address)) return { kind: 'self' };
  const owners = ownersOf(network, to);
  if (from.zone === undefined && ownersOf(network, from).length > 0) return { kind: 'self' };
  const known = (await network.neighbours(from.family)).filter(
    ({ address, interface: name }) =>
      address === from.address && (from.zone === undefined || name === from.zone),
  );
  const mac = await soleMac(known, owners, () => network.egress(from.address, to.address));
  return mac === null ? { kind: 'unknown' } : { kind: 'neighbour', mac };
}

async function soleMac(
  known: readonly Neighbour[],
  owners: readonly string[],
  egress: () => Promise<string | null>,
): Promise<string | null> {
  const asked = known.filter((neighbour) => owners.includes(neighbour.interface));
  const [first] = asked;
  if (first === undefined) return null;
  if (known.every(({ mac }) => mac === first.mac)) return first.mac;
  const out = await egress();
  return asked.find((neighbour) => neighbour.interface === out)?.mac ?? null;
}

interface Endpoint {
  readonly family: 4 | 6;
  /** Lower case; an IPv4-mapped address as IPv4. */
  readonly address: string;
  /** The interface of a link-local IPv6 address. */
  readonly zone?: string;
}

function parseEndpoint(text: string | undefined): Endpoint | null {
  const [head = '', zone] = (text ?? '').split('%');
  const address = unmapped(head.toLowerCase());
  const family = isIP(address);
  if (family !== 4 && family !== 6) return null;
  return zone === undefined ? { family, address } : { family, address, zone };
}

/** The interfaces that have the address; a link-local one may be on several: the zone decides. */
function ownersOf(network: Network, { address, zone }: Endpoint): string[] {
  return Object.entries(network.interfaces())
    .filter(([name]) => zone === undefined || name === zone)
    .filter(([, addresses]) => addresses?.some((own) => own.address.toLowerCase() === address))
    .map(([name]) => name);
}
