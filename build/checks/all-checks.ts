// What the schema cannot see: rules that cross fields and nodes.
import { checkAddresses } from './addresses.ts';
import type { Document, Finding } from './finding.ts';
import { checkGenesis, warnOfAddresses, warnOfGenesis } from './genesis.ts';
import { checkK3sConfig } from './k3s-config.ts';
import { checkServers, warnOfServers } from './servers.ts';
import { checkSystem, warnOfSystem } from './systems.ts';
import { checkUnique } from './unique.ts';

/**
 * All findings of a document, in no particular order.
 * @param today as `YYYY-MM-DD`
 */
export function checkInventory(
  document: Document,
  today: string,
): {
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
} {
  return {
    faults: [
      checkUnique,
      checkAddresses,
      checkGenesis,
      checkServers,
      checkSystem,
      checkK3sConfig,
    ].flatMap((check) => check(document)),
    warnings: [
      ...warnOfGenesis(document),
      ...warnOfAddresses(document),
      ...warnOfServers(document),
      ...warnOfSystem(document, today),
    ],
  };
}
