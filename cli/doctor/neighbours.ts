// What weakens the guard on this network: several IP addresses behind one MAC address.
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
  if (shared.length === 0) return [ok('no neighbour has several IP addresses')];
  return shared.map(([mac, addresses]) => {
    const node = nodes.find(({ macs }) => macs.includes(mac))?.name;
    const who = node === undefined ? macWithColons(mac) : `${node} (${macWithColons(mac)})`;
    const many = [...addresses].slice(0, 4).join(', ');
    return node === undefined
      ? note(
          `${who} has ${addresses.size} IP addresses: ${many}`,
          'a repeater, router or bridge; a node behind it gets no files from nodes/: connect nodes by cable to the network of this computer',
        )
      : note(
          `${who} has ${addresses.size} IP addresses: ${many}`,
          "all of them can read that node's files; that is fine for a bridge or containers on the node, not for other machines",
        );
  });
}
