// The MTU on the way to a client: a block that does not fit into one packet arrives in fragments, which much firmware
// cannot put together. Known on Linux only.
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { type Interfaces, ownInterfaces } from '../own-interfaces.ts';

/**
 * The bytes that a packet from one of our addresses to a client may have, IP header included; null if unknown. Never
 * rejects.
 */
export type MtuTo = (client: string, server: string) => Promise<number | null>;

export interface LinkSource {
  readonly interfaces: () => Interfaces;
  /** '' if it cannot be read. */
  readonly read: (path: string) => Promise<string>;
}

const SYSTEM: LinkSource = {
  interfaces: ownInterfaces,
  read: (path) => readFile(path, 'utf8').catch(() => ''),
};

/** Asks for each transfer: routes and MTUs change. Of rules for routes (`ip rule`) it knows nothing. */
export function linkMtu({ interfaces, read }: LinkSource = SYSTEM): MtuTo {
  return async (client, server) => {
    const routes = isIPv4(client) ? parseRoutes(await read('/proc/net/route')) : [];
    const route = bestRoute(routes, client);
    const card = route?.card ?? ownerOf(interfaces(), server);
    if (card === null) return null;
    const mtu = Number(await read(`/sys/class/net/${card}/mtu`));
    const known = [mtu, route?.mtu ?? 0].filter((bytes) => bytes > 0);
    return known.length === 0 ? null : Math.min(...known);
  };
}

export interface Route {
  readonly card: string;
  /** As numbers of 32 bits. */
  readonly network: number;
  readonly mask: number;
  readonly metric: number;
  /** The route's own; 0: the card's. */
  readonly mtu: number;
}

/** RTF_UP: the route is in use; RTF_REJECT: it says that there is none (route(8)). */
const FLAG = { up: 0x1, reject: 0x200 } as const;

/** The table in /proc/net/route: addresses are hexadecimal, in the order of this computer's bytes (proc_net(5)). */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [card = '', network = '', , flags = '', , , metric, mask = '', mtu] = line.split(/\s+/);
      const bits = Number.parseInt(flags, 16);
      if ((bits & FLAG.up) === 0 || (bits & FLAG.reject) !== 0) return [];
      const numbers = { metric: Number(metric), mtu: Number(mtu) };
      return [{ card, network: fromHex(network), mask: fromHex(mask), ...numbers }];
    });
}

/** The route that the kernel takes: the longest prefix, then the lowest metric. */
export function bestRoute(routes: readonly Route[], client: string): Route | null {
  if (routes.length === 0) return null;
  const to = Buffer.from(client.split('.').map(Number)).readUInt32BE();
  const [best = null] = routes
    .filter(({ network, mask }) => (to & mask) >>> 0 === network)
    .toSorted((a, b) => b.mask - a.mask || a.metric - b.metric);
  return best;
}

/** Genesis runs on amd64 or arm64: little-endian. */
function fromHex(text: string): number {
  return Buffer.from(text.padStart(8, '0'), 'hex').readUInt32LE();
}

function ownerOf(interfaces: Interfaces, address: string): string | null {
  const owner = Object.entries(interfaces).find(([, own]) =>
    own?.some((one) => one.address === address),
  );
  return owner?.[0] ?? null;
}
