// What Genesis proves to nodes by their peer key, and they to it: pure.
import type { Checkin } from '../contract/checkin.ts';
import type { InventoryNode } from '../contract/inventory.ts';
import type { Issued } from '../contract/issued.ts';
import { peerKeyOf } from '../trust/node-secrets.ts';
import { proof, proves } from '../trust/proof.ts';

/** That the latch is what we say: by each kept key, as a node may still have an older one. */
export function latchProofs(
  { sets }: Issued,
  nonce: string,
  { founded, epoch }: { readonly founded: boolean; readonly epoch: number },
): string[] {
  const fields = [nonce, founded ? 'founded' : 'open', String(epoch)];
  return sets.map(({ peerKey }) => proof(peerKey, 'latch', ...fields));
}

/** Whether a check-in was made by somebody who has the node's peer key, in answer to its challenge. */
export function isProved(
  { challenge, proof: given, mac, stage, epoch, message }: Checkin,
  node: InventoryNode,
  { sets }: Issued,
): boolean {
  if (challenge === undefined || given === undefined) return false;
  const fields = [challenge, mac, stage, epoch === undefined ? '' : String(epoch), message];
  return sets.some(({ peerKey }) => proves(given, peerKeyOf(node, peerKey), 'check-in', ...fields));
}
