// Addresses of the computer that builds and serves: a node with one of them would take it off the network.
import { parseCidr } from '../subnet.ts';
import type { Document, Finding } from './finding.ts';

/**
 * Nodes, except removed ones, that have an address of this computer; that of `genesis.ip` is checkAddresses' matter.
 * @param own the addresses of this computer
 */
export function checkOwnAddresses({ genesis, nodes }: Document, own: readonly string[]): Finding[] {
  if (genesis.url !== null) return [];
  return nodes.flatMap(({ ip, removed }, index) => {
    const address = ip === null || removed ? undefined : parseCidr(ip)?.address;
    if (address === undefined || address === genesis.ip || !own.includes(address)) return [];
    const message = `${address} is an address of this computer, from which machines boot`;
    return [{ path: ['nodes', index, 'ip'], message, hint: 'give the node another address' }];
  });
}
