// What the schema cannot see: rules that cross fields and nodes.
import { checkAddresses, warnOfAddresses } from './addresses.ts';
import type { Document, Finding } from './finding.ts';
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
    faults: [checkUnique, checkAddresses, checkServers, checkSystem, checkK3sConfig].flatMap(
      (check) => check(document),
    ),
    warnings: [
      ...warnOfAddresses(document),
      ...warnOfServers(document),
      ...warnOfSystem(document, today),
    ],
  };
}
