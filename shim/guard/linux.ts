// The neighbour table of Linux: IPv4 from /proc/net/arp, IPv6 (which /proc lacks) from iproute2.
import { readFile } from 'node:fs/promises';
import { parseMac } from '../../contract/mac.ts';
import { ownInterfaces } from '../own-interfaces.ts';
import { createAsker } from './ask.ts';
import type { Neighbour, Network } from './network.ts';

/** The kernel's tables, as seen in this process's network namespace. */
export function linuxNetwork(): Network {
  const ask = createAsker();
  return {
    interfaces: ownInterfaces,
    neighbours: async (family) =>
      family === 4
        ? parseProcArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''))
        : parseNeighbours(await ask('ip', ['-6', '-j', 'neigh', 'show'])),
    egress: async (to, from) =>
      parseRoute(await ask('ip', ['-j', 'route', 'get', to, 'from', from])),
  };
}

/** ATF_COM: the entry has a MAC address. */
const COMPLETE = 0x2;

/** `IP address  HW type  Flags  HW address  Mask  Device`, one entry a line below the headings. */
export function parseProcArp(text: string): Neighbour[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [address = '', , flags = '', hardware = '', , name = ''] = line.split(/\s+/);
      const mac = parseMac(hardware);
      if (mac === null || (Number(flags) & COMPLETE) === 0) return [];
      return [{ address, mac, interface: name }];
    });
}

/** States (man ip-neighbour) in which an entry's MAC address is not valid. */
const INVALID = ['FAILED', 'INCOMPLETE', 'NOARP', 'NONE'];

/** The output of `ip -j neigh show`. */
export function parseNeighbours(json: string): Neighbour[] {
  return parseArray(json).flatMap(({ dst, dev, lladdr, state }) => {
    const mac = typeof lladdr === 'string' ? parseMac(lladdr) : null;
    const states: unknown[] = Array.isArray(state) ? state : [];
    if (mac === null || typeof dst !== 'string' || typeof dev !== 'string') return [];
    if (INVALID.some((invalid) => states.includes(invalid))) return [];
    return [{ address: dst.toLowerCase(), mac, interface: dev }];
  });
}

/** The interface in the output of `ip -j route get`; null when it goes by a gateway. */
export function parseRoute(json: string): string | null {
  const [route] = parseArray(json);
  if (route === undefined || route.gateway !== undefined) return null;
  return typeof route.dev === 'string' ? route.dev : null;
}

function parseArray(json: string): Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry) : [];
  } catch {
    return [];
  }
}
