// The neighbour table of macOS, as arp and ndp print it.
import { parseMac } from '../../contract/mac.ts';
import { ownInterfaces } from '../own-interfaces.ts';
import { createAsker } from './ask.ts';
import type { Neighbour, Network } from './network.ts';

export function macosNetwork(): Network {
  const ask = createAsker();
  return {
    interfaces: ownInterfaces,
    neighbours: async (family) =>
      family === 4 ? parseArp(await ask('arp', ['-an'])) : parseNdp(await ask('ndp', ['-an'])),
    egress: async (to) => parseRouteGet(await ask('route', ['-n', 'get', to])),
  };
}

/** `? (192.168.1.20) at 52:54:0:12:34:1 on en0 ifscope [ethernet]`, one entry a line. */
export function parseArp(text: string): Neighbour[] {
  return [...text.matchAll(/\(([\d.]+)\) at (\S+) on (\S+)/g)].flatMap(
    ([, address = '', hardware = '', name = '']) => entry(address, hardware, name),
  );
}

/** `Neighbor  Linklayer Address  Netif  Expire  …`, one entry a line below the headings. */
export function parseNdp(text: string): Neighbour[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [neighbour = '', hardware = '', name = ''] = line.split(/\s+/);
      return entry(neighbour.replace(/%.*$/, ''), hardware, name);
    });
}

/** The interface in the output of `route -n get`; null when it goes by a gateway. */
export function parseRouteGet(text: string): string | null {
  if (/^\s*gateway:/m.test(text)) return null;
  return /^\s*interface: (\S+)$/m.exec(text)?.[1] ?? null;
}

/** macOS leaves leading zeros out: `0:c:29:1:2:3`. */
function entry(address: string, hardware: string, name: string): Neighbour[] {
  const padded = hardware.split(':').map((pair) => pair.padStart(2, '0'));
  const mac = parseMac(padded.join(':'));
  return mac === null ? [] : [{ address: address.toLowerCase(), mac, interface: name }];
}
