// `genesis:` → where machines find Genesis.
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { text } from './texts.ts';

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
      ip: text(
        (value) => value === 'auto' || isIPv4(value),
        'is neither auto nor an IPv4 address',
        'auto, or the address of the machine that serves dist/',
      ).default(defaults.ip),
      http_port: z.int().min(1).max(65535).optional().meta({ default: defaults.http_port }),
      url: text(
        isBaseUrl,
        'is not a valid base URL',
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

/** What a base URL alone says about Genesis. */
export function genesisAt(url: string): GenesisPlan {
  return { url: url.replace(/\/+$/, ''), httpPort: Number(new URL(url).port || 80), ip: null };
}

/**
 * http only: the initramfs has no TLS, nor have old iPXE builds. Plain characters only, because it
 * is copied unquoted into scripts and into the settings of five DHCP servers.
 */
const PLAIN_URL = /^http:\/\/(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?((\/[\w.~%@:+=-]*)*)$/i;

function isBaseUrl(value: string): boolean {
  if (value.length > 255 || !URL.canParse(value)) return false;
  const folder = PLAIN_URL.exec(value)?.[3];
  // Machines do not resolve `..` and the like.
  return folder !== undefined && new URL(value).pathname === (folder === '' ? '/' : folder);
}
