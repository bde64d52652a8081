// Finds a node and one of its cards by name or MAC address.
import { parseMac } from '../../contract/mac.ts';
import { nearest } from '../../messages/nearest.ts';
import { UserError } from '../../messages/user-error.ts';
import type { NodePlan } from '../plan.ts';

/** Names that a list of nodes shows; the rest is a number. */
const MAX_LISTED = 20;

/**
 * The node with a name or a MAC address in any common notation; by name, its first card.
 * @throws {UserError} with the nearest name and all existing ones
 */
export function findNode(
  nodes: readonly NodePlan[],
  wanted: string,
): { readonly node: NodePlan; readonly mac: string } {
  const named = nodes.find(({ name }) => name === wanted);
  const mac = named?.macs[0] ?? parseMac(wanted);
  const node = named ?? nodes.find(({ macs }) => mac !== null && macs.includes(mac));
  if (node !== undefined && mac !== null) return { node, mac };
  throw new UserError(mac === null ? noSuchName(nodes, wanted) : noSuchMac(nodes, mac));
}

function noSuchName(nodes: readonly NodePlan[], wanted: string): string {
  const near = nearest(
    wanted,
    nodes.map(({ name }) => name),
  );
  const hint = near === undefined ? '' : `\n  hint: did you mean '${near}'?`;
  return `no node '${wanted}'${hint}\n${listOf(nodes)}`;
}

function noSuchMac(nodes: readonly NodePlan[], mac: string): string {
  const near = nearest(
    mac,
    nodes.flatMap(({ macs }) => macs),
  );
  const owner = nodes.find(({ macs }) => near !== undefined && macs.includes(near));
  const hint = owner === undefined ? '' : `\n  hint: did you mean ${near}, ${owner.name}?`;
  const what =
    'such a machine runs unknown.ipxe, which shows what to add to nodes.yaml, and boots from disk';
  return `no node has the MAC address ${mac}: ${what}${hint}\n${listOf(nodes)}`;
}

function listOf(nodes: readonly NodePlan[]): string {
  const lines = nodes.slice(0, MAX_LISTED).map(({ name, macs }) => `  ${name} ${macs.join(' ')}`);
  const more = nodes.length - lines.length;
  return ['nodes:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}
