// The nodes in inventory.json, before and after.
import {
  type AnyInventory,
  type InventoryNode,
  parseAnyInventory,
} from '../../contract/inventory.ts';
import { INVENTORY } from '../../contract/paths.ts';
import { type Change, change, type Difference } from './change.ts';
import type { Tree } from './sides.ts';
import { valueChanges } from './values.ts';

/** The inventory of a tree; empty when it is missing or unreadable. */
export function inventoryOf(tree: Tree): AnyInventory {
  try {
    return parseAnyInventory(tree.get(INVENTORY)?.bytes()?.toString() ?? '', INVENTORY);
  } catch {
    return NO_INVENTORY;
  }
}

const NO_INVENTORY: AnyInventory = { nodes: [] };

/** Canonical MAC address → name of its node. */
export type Owners = ReadonlyMap<string, string>;

export function ownersOf(tree: Tree): Owners {
  const { nodes } = inventoryOf(tree);
  return new Map(nodes.flatMap(({ name, macs }) => macs.map((mac) => [mac, name] as const)));
}

/** Added, removed and changed nodes; a node is recognized by its name or a card. */
export function inventoryDifferences(before: AnyInventory, after: AnyInventory): Difference[] {
  const matches = new Map(after.nodes.map((node) => [node, earlierOf(node, before.nodes)]));
  const kept = new Set(matches.values());
  const about = (node: InventoryNode, one: Change) => ({
    nodes: [node.name],
    file: INVENTORY,
    change: one,
  });
  const { nodes: _old, ...cluster } = before;
  const { nodes: _new, ...newCluster } = after;
  const shared = before === NO_INVENTORY ? [] : valueChanges('', cluster, newCluster);
  return [
    ...shared.map((one) => ({ nodes: [], file: INVENTORY, change: one })),
    ...before.nodes
      .filter((node) => !kept.has(node))
      .map((node) => about(node, change('removed', null, [summaryOf(node)]))),
    ...[...matches].flatMap(([node, earlier]) =>
      earlier === undefined
        ? [about(node, change('added', null, [], [summaryOf(node)]))]
        : valueChanges('', earlier, node).map((one) => about(node, one)),
    ),
  ];
}

function earlierOf(
  node: InventoryNode,
  nodes: readonly InventoryNode[],
): InventoryNode | undefined {
  return (
    nodes.find(({ name }) => name === node.name) ??
    nodes.find(({ macs }) => macs.some((mac) => node.macs.includes(mac)))
  );
}

function summaryOf({ macs, arch, role, boot, os }: InventoryNode): string {
  return `${macs.join(', ')}: ${arch}, ${role}, boot: ${boot}, os/${os}`;
}
