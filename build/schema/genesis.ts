// `genesis:` → where machines find Genesis.
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { type AddressFault, baseUrlFault } from '../../contract/base-url.ts';
import { unreachable } from '../host-address.ts';
import { judged } from './texts.ts';

export interface GenesisPlan {
  /** The base URL without a trailing slash, null when machines take it from DHCP's next-server. */
  readonly url: string | null;
  readonly httpPort: number;
  /** Null: whatever address the laptop has. */
  readonly ip: string | null;
}

export interface GenesisDefaults {
  readonly ip: string;
  /** Unused with a URL, which has its own port. */
  readonly http_port: number;
}

export function genesisSchema(defaults: GenesisDefaults) {
  return z
    .strictObject({
      ip: judged(ipFault).default(defaults.ip),
      http_port: z.int().min(1).max(65535).optional().meta({ default: defaults.http_port }),
      url: judged(urlFault).optional(),
    })
    .prefault({})
    .transform(({ ip, http_port, url }): GenesisPlan => {
      const address = url === undefined ? null : genesisAt(url);
      return {
        url: address?.url ?? null,
        httpPort: http_port ?? address?.httpPort ?? defaults.http_port,
        ip: ip === 'auto' ? null : ip,
      };
    });
}

/** Whether Genesis is called by a name without a dot, which only a search domain completes. */
export function hasShortName({ url }: GenesisPlan): boolean {
  return url !== null && /^[\w-]*[a-z_-][\w-]*$/i.test(new URL(url).hostname);
}

/** What a base URL alone says about Genesis. */
export function genesisAt(url: string): GenesisPlan {
  return { url: url.replace(/\/+$/, ''), httpPort: Number(new URL(url).port || 80), ip: null };
}

const OWN_ADDRESS = 'the address of the machine that serves dist/, as other machines reach it';

function ipFault(ip: string): AddressFault | null {
  if (ip === 'auto') return null;
  const hint = `auto, or ${OWN_ADDRESS}`;
  if (isIPv6(ip)) return { message: 'is an IPv6 address: IPv6 is not supported yet', hint };
  if (!isIPv4(ip)) return { message: 'is neither auto nor an IPv4 address', hint };
  const message = unreachable(ip);
  return message === null ? null : { message, hint };
}

/** Why machines cannot find the tree at a base URL; null if they can. */
export function urlFault(url: string): AddressFault | null {
  const fault = baseUrlFault(url);
  if (fault !== null) return fault;
  const { hostname } = new URL(url);
  const why = unreachable(hostname);
  if (why === null) return null;
  return { message: `cannot be reached: ${hostname} ${why}`, hint: `use ${OWN_ADDRESS}` };
}
