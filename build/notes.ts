// What a build tells the user although it succeeded: what machines will lack.
import { ipxeNotes } from './ipxe/notes.ts';
import type { Plan } from './plan.ts';

const NO_NODES =
  'note: there are no nodes yet: switch on a machine that boots from the network, and it appears on the page, ' +
  'with its entry for nodes.yaml';

/**
 * A note for each thing that is not there yet.
 * @param ipxe the programs in the TFTP root
 */
export function notesOn(plan: Plan, ipxe: ReadonlyMap<string, Uint8Array>): string[] {
  const lines = plan.systems.flatMap(({ id, missing }) => {
    if (missing === null) return [];
    const names = plan.nodes.filter(({ system }) => system.id === id).map(({ name }) => name);
    return `note: ${missing} is missing: ${listed(names)} will boot from the local disk; run ./homepbp fetch`;
  });
  if (plan.nodes.length === 0) lines.push(NO_NODES);
  lines.push(...ipxeNotes(ipxe));
  if (ipxe.size === 0) {
    lines.push(
      'note: no iPXE binaries found: machines cannot boot over TFTP; run ./homepbp fetch, or install the package ipxe',
    );
  }
  return lines;
}

/** The first few names and the number of others. */
function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
