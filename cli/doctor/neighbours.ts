// What the guard must know of this network: several addresses behind one MAC address.
import type { InventoryNode } from '../../contract/inventory.ts';
import { macWithColons } from '../../contract/mac.ts';
import type { Neighbour } from '../../shim/guard/network.ts';
import { type Finding, note, ok } from './finding.ts';

/** Pure. */
export function checkNeighbours(
  neighbours: readonly Neighbour[],
  nodes: readonly InventoryNode[],
): Finding[] {
  const behind = new Map<string, Set<string>>();
  for (const { mac, address } of neighbours)
    behind.set(mac, (behind.get(mac) ?? new Set()).add(address));
  const shared = [...behind].filter(([, addresses]) => addresses.size > 1);
  if (shared.length === 0) return [ok('no neighbour has several addresses')];
  return shared.map(([mac, addresses]) => {
    const node = nodes.find(({ macs }) => macs.includes(mac))?.name;
    const who = node === undefined ? macWithColons(mac) : `${node} (${macWithColons(mac)})`;
    const many = [...addresses].slice(0, 4).join(', ');
    return node === undefined
      ? note(
          `${addresses.size} addresses are behind ${who}: ${many}`,
          'a repeater, a router or a bridge; a node behind it gets no files of nodes/: connect nodes by cable to the network of this computer',
        )
      : note(
          `${addresses.size} addresses are behind ${who}: ${many}`,
          'all of them may read the files of that node; a bridge or containers on it are no fault, strangers are',
        );
  });
}
