// nodes.yaml and a new node → nodes.yaml with the node, checked; or why not.
import { isDeepStrictEqual } from 'node:util';
import { macWithColons, parseMac } from '../contract/mac.ts';
import { UserError } from '../messages/user-error.ts';
import type { NodeEntry } from './document.ts';
import { type Fault, formatFaults, InventoryError, type Source } from './faults.ts';
import { insertNode } from './insert-node.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { DEFAULT_STYLE, flowEntry, type NewNode } from './node-entry.ts';
import { parseCidr } from './subnet.ts';
import { parseYaml } from './yaml.ts';

/** Faults outside the file, such as missing ssh key files. */
export type OutsideCheck = (inventory: Inventory) => readonly Fault[];

export interface Addition {
  readonly inventory: Inventory;
  /** The one-based line on which the new entry begins. */
  readonly line: number;
  /** Warnings that the file did not cause before. */
  readonly warnings: readonly Fault[];
}

/**
 * Appends a node to an inventory; everything else stays byte for byte.
 * @throws {UserError} when the inventory has faults, or would have some with the node
 */
export function addNode(source: Source, node: NewNode, outside: OutsideCheck): Addition {
  const before = parseBefore(source);
  const nodes = before?.document.nodes ?? [];
  refuseTaken(nodes, node);
  const insertion = insertNode(source.text, node);
  if (insertion === null) throw noPlace(source, node);
  const { text, start, end } = insertion;
  const isNew = ({ offset }: Fault) => offset >= start && offset < end;
  const inventory = parseAfter({ ...source, text }, isNew);
  const faults = outside(inventory).filter(isNew);
  if (faults.length > 0) throw refused(faults);
  if (!keepsNodes(nodes, inventory)) throw noPlace(source, node);
  const known = new Set(before?.warnings.map(({ message }) => message));
  return {
    inventory,
    line: text.slice(0, inventory.offsetOf(lastNode(inventory))).split('\n').length,
    warnings: inventory.warnings.filter(({ message }) => !known.has(message)),
  };
}

/** An inventory without nodes is fine once one is added. */
function parseBefore(source: Source): Inventory | null {
  try {
    return parseInventory(source);
  } catch (error) {
    const { root, faults } = parseYaml(source.text);
    const nodes = root?.kind === 'mapping' ? root.entries.get('nodes')?.value : undefined;
    const none =
      nodes === undefined ||
      (nodes.kind === 'sequence' && nodes.items.length === 0) ||
      (nodes.kind === 'scalar' && nodes.value === null);
    if (root === null || faults.length > 0 || !none) throw error;
    return null;
  }
}

/** Faults of the new entry are shown without a place: the file on disk has no such line. */
function parseAfter(source: Source, isNew: (fault: Fault) => boolean): Inventory {
  try {
    return parseInventory(source);
  } catch (error) {
    if (!(error instanceof InventoryError)) throw error;
    const own = error.faults.filter(isNew);
    if (own.length > 0) throw refused(own);
    const shown = formatFaults(source, error.faults);
    throw new UserError(
      `add: this node would make the file invalid, so it was not changed\n${shown}`,
    );
  }
}

function refused(faults: readonly Fault[]): UserError {
  const lines = faults.map(({ message, hint }) =>
    hint === undefined ? `add: ${message}` : `add: ${message}\n  hint: ${hint}`,
  );
  return new UserError(lines.join('\n'));
}

function refuseTaken(nodes: readonly NodeEntry[], node: NewNode) {
  const macs = new Set(node.mac.map(parseMac));
  const address = addressOf(node.ip);
  const taken = nodes.flatMap((other) => [
    ...(other.name === node.name ? [`the name ${node.name} is already taken`] : []),
    ...other.macs
      .filter((mac) => macs.has(mac))
      .map((mac) => `the mac ${macWithColons(mac)} is already taken by ${other.name}`),
    ...(address !== undefined && addressOf(other.ip) === address
      ? [`the ip ${address} is already taken by ${other.name}`]
      : []),
  ]);
  if (taken.length > 0) throw new UserError(taken.map((message) => `add: ${message}`).join('\n'));
}

function addressOf(ip: string | null | undefined): string | undefined {
  return parseCidr(ip ?? '')?.address;
}

function noPlace({ name }: Source, node: NewNode): UserError {
  const entry = flowEntry(node, DEFAULT_STYLE, { lines: false, pad: ' ' });
  return new UserError(
    `add: nodes: in ${name} is missing or an alias, so it cannot be extended\n` +
      `  hint: add this entry by hand: - ${entry}`,
  );
}

/** Whether the existing nodes are unchanged, followed by one new one. */
function keepsNodes(before: readonly NodeEntry[], { document }: Inventory): boolean {
  return isDeepStrictEqual(document.nodes.slice(0, -1), before);
}

function lastNode({ document }: Inventory) {
  return ['nodes', document.nodes.length - 1];
}
