// Where machines find Genesis, as `genesis:` in nodes.yaml says.
import { isIP } from 'node:net';
import { DEFAULT_HTTP_PORT, type InventoryFile } from '../contract/inventory.ts';
import { parseInventory } from './inventory.ts';
import { readInventoryFile } from './inventory-file.ts';
import type { InventoryDocument } from './schema.ts';

export interface GenesisPlan {
  /** The base URL without a trailing slash, null when machines take it from DHCP's next-server. */
  readonly url: string | null;
  readonly httpPort: number;
  /** Null when it is whatever address the laptop has. */
  readonly ip: string | null;
}

/** What the shim must know of Genesis. */
export type HttpAddress = Pick<InventoryFile, 'httpPort' | 'httpName'>;

/** `genesis:` with every default applied. */
export function makeGenesis(genesis: InventoryDocument['genesis']): GenesisPlan {
  const url = genesis?.url?.replace(/\/+$/, '') ?? null;
  const urlPort = url === null ? DEFAULT_HTTP_PORT : Number(new URL(url).port || 80);
  return {
    url,
    httpPort: genesis?.http_port ?? urlPort,
    ip: genesis?.ip === undefined || genesis.ip === 'auto' ? null : genesis.ip,
  };
}

/** The port of Genesis' HTTP server, and its name where it has one. */
export function httpAddress({ url, httpPort }: GenesisPlan): HttpAddress {
  const name = url === null ? '' : new URL(url).hostname;
  return { httpPort, ...(name !== '' && isIP(name) === 0 && { httpName: name }) };
}

/**
 * The same from nodes.yaml itself, for what must know it before a build. Synchronous.
 * @throws {UserError} when that cannot be read, or has faults
 */
export function readHttpAddress(inventory: string): HttpAddress {
  const { document } = parseInventory(readInventoryFile(inventory));
  return httpAddress(makeGenesis(document.genesis));
}
