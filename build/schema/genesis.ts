// `genesis:` → where machines find Genesis.
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { text } from './texts.ts';

export interface GenesisPlan {
  /** The base URL without a trailing slash, null when machines take it from DHCP's next-server. */
  readonly url: string | null;
  readonly httpPort: number;
  /** Null when it is whatever address the laptop has. */
  readonly ip: string | null;
}

export interface GenesisDefaults {
  readonly ip: string;
  /** Where there is no URL, which has a port of its own. */
  readonly http_port: number;
}

export function genesisSchema(defaults: GenesisDefaults) {
  return z
    .strictObject({
      ip: text(
        (value) => value === 'auto' || isIPv4(value),
        'is neither auto nor an IPv4 address',
        'auto, or the address of the machine that serves dist/',
      ).default(defaults.ip),
      http_port: z.int().min(1).max(65535).optional().meta({ default: defaults.http_port }),
      url: text(
        isBaseUrl,
        'is no base URL',
        'http://HOST[:PORT][/FOLDER] of the folder that dist/ is copied to',
      ).optional(),
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

/** Genesis as a base URL alone tells it. */
export function genesisAt(url: string): GenesisPlan {
  return { url: url.replace(/\/+$/, ''), httpPort: Number(new URL(url).port || 80), ip: null };
}

/**
 * http only: the initramfs has no TLS, and old iPXE builds have none either. As plain as it can be,
 * for it stands as it is in scripts and in the settings of five DHCP servers.
 */
const PLAIN_URL = /^http:\/\/(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?((\/[\w.~%@:+=-]*)*)$/i;

function isBaseUrl(value: string): boolean {
  if (value.length > 255 || !URL.canParse(value)) return false;
  const folder = PLAIN_URL.exec(value)?.[3];
  // Folders such as `..` are not for machines to work out.
  return folder !== undefined && new URL(value).pathname === (folder === '' ? '/' : folder);
}
