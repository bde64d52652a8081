// Which node, and which of its cards, somebody means.
import { parseMac } from '../../contract/mac.ts';
import { UserError } from '../../messages/user-error.ts';
import { nearest } from '../nearest.ts';
import type { NodePlan } from '../plan.ts';

/** Names that a list of all nodes shows before it ends in a number. */
const MAX_LISTED = 20;

/**
 * The node that a name or a MAC address in any usual form means; by name, its first card.
 * @throws {UserError} with the nearest name and the names that there are
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
  return `there is no node '${wanted}'${hint}\n${listOf(nodes)}`;
}

function noSuchMac(nodes: readonly NodePlan[], mac: string): string {
  const near = nearest(
    mac,
    nodes.flatMap(({ macs }) => macs),
  );
  const owner = nodes.find(({ macs }) => near !== undefined && macs.includes(near));
  const hint = owner === undefined ? '' : `\n  hint: did you mean ${near}, ${owner.name}?`;
  const what =
    'a machine with it runs unknown.ipxe, which says what to add to nodes.yaml, and boots its disk';
  return `no node has the MAC address ${mac}: ${what}${hint}\n${listOf(nodes)}`;
}

function listOf(nodes: readonly NodePlan[]): string {
  const lines = nodes.slice(0, MAX_LISTED).map(({ name, macs }) => `  ${name} ${macs.join(' ')}`);
  const more = nodes.length - lines.length;
  return ['nodes:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}
