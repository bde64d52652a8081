// Which machines to ask for the cluster's key, and where.
import type { InventoryNode } from '../../contract/inventory.ts';
import type { NodeView, TimelineView } from '../../contract/timeline.ts';
import { noAddress, noSuchServer } from './kubeconfig-errors.ts';

export interface Server {
  readonly name: string;
  /** An IP address. */
  readonly address: string;
}

/**
 * The servers whose address is known, from nodes.yaml or because they were seen; those that reported
 * ready come first.
 * @param nodes of the inventory
 * @param only the one that the user named
 * @throws {UserError} if there is none, or `only` is not a server
 */
export function findServers(
  { nodes: views }: Pick<TimelineView, 'nodes'>,
  nodes: readonly InventoryNode[],
  only: string | undefined,
): Server[] {
  const fixed = new Map(nodes.map(({ name, ip }) => [name, ip?.split('/')[0]]));
  const servers = views.filter(({ role }) => role === 'server');
  if (only !== undefined && !servers.some(({ name }) => name === only)) {
    throw noSuchServer(only, namesOf(servers));
  }
  const wanted = servers.filter(({ name }) => only === undefined || name === only);
  const found = wanted.flatMap((view) => {
    const address = fixed.get(view.name) ?? view.address;
    return address === null || address === undefined ? [] : [{ view, address }];
  });
  if (found.length === 0) throw noAddress(namesOf(wanted));
  return found
    .toSorted((a, b) => Number(isReady(b.view)) - Number(isReady(a.view)))
    .map(({ view, address }) => ({ name: view.name, address }));
}

function isReady({ stage }: NodeView): boolean {
  return stage === 'ready';
}

function namesOf(views: readonly NodeView[]): string {
  return views.map(({ name }) => name).join(', ');
}
