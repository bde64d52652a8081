// What ./homepbp export says of the secrets in a folder.
import type { Handout } from '../build/export/handout.ts';
import { CLEAR_SECRETS } from '../contract/node-secrets.ts';
import { NODES } from '../contract/paths.ts';

/** Names of nodes that a message lists; the rest is a number. */
const MAX_LISTED = 8;

/** `secrets: 2 nodes sealed, 1 in the clear, 0 left out` */
export function secretsLine({ sealed, clear, without }: Handout): string {
  const nodes = sealed.length === 1 ? 'node' : 'nodes';
  return `secrets: ${sealed.length} ${nodes} sealed, ${clear.length} in the clear, ${without.length} left out`;
}

/** Warnings for people; empty when every node's secrets are sealed. */
export function remarksOn({ clear, without }: Handout, dir: string): string[] {
  const remarks: string[] = [];
  if (clear.length > 0) {
    remarks.push(
      `warning: the secrets of ${listed(clear)} are in the clear: whoever can read ${dir}/${NODES}/*/${CLEAR_SECRETS}, or asks its web server, is in the cluster
  hint: boot these nodes once from ./homepbp serve, where they enrol, and export again: then only they can read them
    (not for 'disk: none', whose key is new at each boot); --without-secrets leaves them out.
    The files are 0600: the web server's user must be able to read them`,
    );
  }
  if (without.length > 0) {
    remarks.push(
      `note: ${dir} has no secrets for ${listed(without)}: such a node joins only where it can enrol, with ./homepbp serve`,
    );
  }
  return remarks;
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
