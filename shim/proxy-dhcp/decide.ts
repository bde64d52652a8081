// Which packets a proxy DHCP server answers, and how (PXE 2.1 sections 2.2.2 and 2.2.3).
import type { DhcpPacket } from '../../dhcp/packet.ts';
import { type PxeClient, pxeClientOf } from '../../dhcp/pxe-client.ts';

/** Where a packet arrived: broadcast to port 67, or at the boot server's own port, 4011. */
export type Port = 'dhcp' | 'boot-server';

export type Decision =
  | { readonly kind: 'ignore'; readonly why: Ignored }
  | { readonly kind: 'answer'; readonly type: 'offer' | 'ack'; readonly client: PxeClient };

/** Why a packet is ignored. */
export type Ignored =
  | 'a reply'
  | 'not Ethernet'
  | 'not a network boot'
  | 'relayed'
  | 'not addressed to us';

const NO_ADDRESS = '0.0.0.0';
const ETHERNET = { htype: 1, bytes: 6 } as const;

/**
 * What to do with a packet. At port 67 only the DISCOVER is answered: the REQUEST after it is for the
 * server that gives the address, and our answer to it would be a second one.
 * @param own our addresses
 */
export function decide(packet: DhcpPacket, port: Port, own: ReadonlySet<string>): Decision {
  if (packet.op !== 'request') return ignore('a reply');
  const { htype, chaddr, giaddr } = packet;
  if (htype !== ETHERNET.htype || chaddr.length !== ETHERNET.bytes) return ignore('not Ethernet');
  const client = pxeClientOf(packet);
  if (client === null) return ignore('not a network boot');
  // The machine is on another network, from where our address may be unreachable; the DHCP server
  // that its relay uses should name the boot file.
  if (giaddr !== NO_ADDRESS) return ignore('relayed');
  const type = port === 'dhcp' ? atDhcpPort(client, own) : atBootServerPort(client, own);
  return type === null ? ignore('not addressed to us') : { kind: 'answer', type, client };
}

function atDhcpPort(
  { messageType, serverId, asksForAddress }: PxeClient,
  own: ReadonlySet<string>,
): 'offer' | 'ack' | null {
  const isOurs = serverId !== null && own.has(serverId);
  if (messageType === 'discover') return serverId === null || isOurs ? 'offer' : null;
  // An ACK without an address would make such a client believe that it has one.
  return messageType === 'request' && isOurs && !asksForAddress ? 'ack' : null;
}

function atBootServerPort(
  { messageType, serverId }: PxeClient,
  own: ReadonlySet<string>,
): 'ack' | null {
  const isQuestion = messageType === 'request' || messageType === 'inform';
  return isQuestion && (serverId === null || own.has(serverId)) ? 'ack' : null;
}

function ignore(why: Ignored): Decision {
  return { kind: 'ignore', why };
}
