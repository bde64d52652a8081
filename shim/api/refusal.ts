// Who may speak for a node to the API: guarded like the node's own folder in nodes/.
import type { IncomingMessage } from 'node:http';
import type { InventoryNode } from '../../contract/inventory.ts';
import { NODES } from '../../contract/paths.ts';
import type { Guard } from '../guard/guard.ts';
import { unmapped } from '../unmapped.ts';
import { forbidden, fromBrowser, noNode } from './api-errors.ts';

export interface Admission {
  /** Null: anyone may speak for any node. */
  readonly guard: Guard | null;
  nodeOf(mac: string): InventoryNode | undefined;
}

/**
 * Browsers send the origin of a page's POST; our machines do not.
 * @throws {HttpFault} 403
 */
export function refuseBrowsers({ headers }: IncomingMessage): void {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) throw fromBrowser();
}

/**
 * The node that a request speaks for. A machine with several cards may use any of them.
 * @throws {HttpFault} 404 where there is none, 403 with the reason for the first card
 */
export async function admitted(
  { guard, nodeOf }: Admission,
  mac: string,
  { socket: { remoteAddress, localAddress } }: IncomingMessage,
): Promise<InventoryNode> {
  const node = nodeOf(mac);
  if (node === undefined) throw noNode(mac);
  if (guard === null) return node;
  let reason: string | null = null;
  for (const card of new Set([mac, ...node.macs])) {
    const refusal = await guard.refusal(`${NODES}/${card}/`, remoteAddress, localAddress);
    if (refusal === null) return node;
    reason ??= refusal;
  }
  throw forbidden(reason ?? '');
}

/** Where a request comes from; null if its connection has gone already. */
export function addressOf({ socket }: IncomingMessage): string | null {
  return socket.remoteAddress === undefined ? null : unmapped(socket.remoteAddress);
}
