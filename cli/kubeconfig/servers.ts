// Which machines to ask for the cluster's key, and where.
import type { InventoryNode } from '../../contract/inventory.ts';
import type { NodeView, TimelineView } from '../../contract/timeline.ts';
import { UserError } from '../../contract/user-error.ts';

export interface Server {
  readonly name: string;
  /** An IP address. */
  readonly address: string;
}

/**
 * The servers whose address is known, by nodes.yaml or because they were seen: those that said that
 * they are ready first.
 * @param nodes of the inventory
 * @param only the one that the user named
 * @throws {UserError} when there is none, or the named one is none of them
 */
export function findServers(
  { nodes: views }: Pick<TimelineView, 'nodes'>,
  nodes: readonly InventoryNode[],
  only: string | undefined,
): Server[] {
  const fixed = new Map(nodes.map(({ name, ip }) => [name, ip?.split('/')[0]]));
  const servers = views.filter(({ role }) => role === 'server');
  if (only !== undefined && !servers.some(({ name }) => name === only)) {
    const names = servers.map(({ name }) => name).join(', ');
    throw new UserError(`kubeconfig: no server is called '${only}'\n  hint: there are ${names}`);
  }
  const wanted = servers.filter(({ name }) => only === undefined || name === only);
  const found = wanted.flatMap((view) => {
    const address = fixed.get(view.name) ?? view.address;
    return address === null || address === undefined ? [] : [{ view, address }];
  });
  if (found.length === 0) throw noAddress(wanted);
  return found
    .toSorted((a, b) => Number(isReady(b.view)) - Number(isReady(a.view)))
    .map(({ view, address }) => ({ name: view.name, address }));
}

function isReady({ stage }: NodeView): boolean {
  return stage === 'ready';
}

function noAddress(servers: readonly NodeView[]): UserError {
  const names = servers.map(({ name }) => name).join(', ') || 'any server';
  return new UserError(
    `kubeconfig: the address of ${names} is not known: nodes.yaml gives none, and no shim has seen one\n` +
      '  hint: ./homepbp start while they boot, or give them an ip in nodes.yaml',
  );
}
