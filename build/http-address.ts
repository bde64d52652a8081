// What the shim must know about Genesis, from `genesis:` in nodes.yaml.
import { isIP } from 'node:net';
import type { InventoryFile } from '../contract/inventory.ts';
import { parseInventory } from './inventory.ts';
import { readInventoryFile } from './inventory-file.ts';
import { type GenesisPlan, hostOf } from './schema/genesis.ts';

/** What the shim must know about Genesis. */
export type HttpAddress = Pick<InventoryFile, 'httpPort' | 'httpName' | 'genesisIp'>;

/** The port of Genesis' HTTP server, and its host name or address if nodes.yaml has one. */
export function httpAddress(genesis: GenesisPlan): HttpAddress {
  const { url, ip, httpPort } = genesis;
  const name = hostOf(genesis);
  const httpName = name !== '' && isIP(name) === 0 && { httpName: name };
  const genesisIp = url === null && ip !== null && { genesisIp: ip };
  return { httpPort, ...httpName, ...genesisIp };
}

/**
 * The same from nodes.yaml, for callers that need it before a build. Synchronous.
 * @throws {UserError} when the file cannot be read, or has faults
 */
export function readHttpAddress(inventory: string): HttpAddress {
  const { document } = parseInventory(readInventoryFile(inventory));
  return httpAddress(document.genesis);
}
