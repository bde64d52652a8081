// Checks of an inventory that need more than nodes.yaml: a URL that is given elsewhere, the lock, this computer.
import type { MediaLock } from '../contract/media-lock.ts';
import type { Finding } from './checks/finding.ts';
import { checkGenesis, warnOfGenesis } from './checks/genesis.ts';
import { checkOwnAddresses } from './checks/own-addresses.ts';
import { checkCgroups } from './checks/systems.ts';
import { type Fault, InventoryError } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { genesisAt } from './schema/genesis.ts';

/** As if `genesis.url` were in nodes.yaml. @throws {InventoryError} where nodes cannot use it */
export function withUrl(inventory: Inventory, url: string | undefined): Inventory {
  if (url === undefined) return inventory;
  const document = { ...inventory.document, genesis: genesisAt(url) };
  const faults = located(inventory, checkGenesis(document));
  if (faults.length > 0) throw new InventoryError(inventory.source, faults);
  const warnings = [...inventory.warnings, ...located(inventory, warnOfGenesis(document))];
  return { ...inventory, document, warnings };
}

/**
 * Faults that show only once a k3s channel is resolved, and on the computer that serves.
 * @param own the addresses of that computer
 */
export function checkHere(
  inventory: Inventory,
  lock: MediaLock,
  own: readonly string[],
): { faults: Fault[] } {
  const { document } = inventory;
  const version = lock.resolved[`k3s ${document.cluster.k3s}`];
  const cgroups = version === undefined ? [] : checkCgroups(document, version);
  return { faults: located(inventory, [...cgroups, ...checkOwnAddresses(document, own)]) };
}

function located({ offsetOf }: Inventory, findings: readonly Finding[]): Fault[] {
  return findings.map(({ path, message, hint }) => ({ offset: offsetOf(path), message, hint }));
}
