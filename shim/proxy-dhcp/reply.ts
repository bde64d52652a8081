// A proxy DHCP server's replies: a boot file and its server, never an address.
import { CLIENT_ARCH } from '../../contract/boot-programs.ts';
import { DISCOVERY_CONTROL, MESSAGE_TYPE, OPTION, PXE_OPTION } from '../../dhcp/option-codes.ts';
import { decodeOptions, encodeOptions } from '../../dhcp/option-list.ts';
import { type DhcpPacket, encodeAddress } from '../../dhcp/packet.ts';
import type { PxeClient } from '../../dhcp/pxe-client.ts';

export interface Answer {
  readonly type: 'offer' | 'ack';
  /** Our address on the client's network. */
  readonly server: string;
  /** A file name for TFTP, or a URL for HTTP boot. */
  readonly file: string;
  /** The client architecture that the file is for; null for iPXE. */
  readonly arch: number | null;
}

const NO_ADDRESS = '0.0.0.0';

/** The packet that answers a client's. @throws {RangeError} when the file's name is too long */
export function makeReply(asked: DhcpPacket, client: PxeClient, answer: Answer): DhcpPacket {
  const { type, server, file } = answer;
  const { htype, chaddr, xid, flags } = asked;
  const byHttp = client.vendorClass === 'HTTPClient';
  const options: [number, Uint8Array | null][] = [
    [OPTION.messageType, Uint8Array.of(MESSAGE_TYPE[type])],
    [OPTION.serverId, encodeAddress(server)],
    [OPTION.vendorClass, Buffer.from(client.vendorClass)],
    [OPTION.clientUuid, client.uuid],
    [OPTION.vendorSpecific, byHttp ? null : pxeOptions(asked, answer)],
    [OPTION.bootFile, byHttp ? Buffer.from(file) : null],
  ];
  return {
    ...{ kind: 'dhcp', op: 'reply', htype, chaddr, hops: 0, xid, secs: 0, flags },
    ciaddr: type === 'ack' ? asked.ciaddr : NO_ADDRESS,
    ...{ yiaddr: NO_ADDRESS, siaddr: server, giaddr: NO_ADDRESS, sname: '', file },
    options: new Map(options.flatMap(([code, value]) => (value === null ? [] : [[code, value]]))),
  };
}

/**
 * Option 43. BIOS and iPXE need 'use the boot file in this packet'; UEFI firmware may drop an offer
 * that says so, but without it asks again at port 4011, as all firmware seen so far does (pixiecore
 * and dnsmasq rely on it too). A boot item that the machine chose from a menu is echoed.
 */
function pxeOptions(asked: DhcpPacket, { type, arch }: Answer): Uint8Array | null {
  const isUefi = arch !== null && arch !== CLIENT_ARCH.bios;
  const question = asked.options.get(OPTION.vendorSpecific);
  const item = question && decodeOptions(question)?.get(PXE_OPTION.bootItem);
  const options: [number, Uint8Array][] = [];
  if (!isUefi) {
    options.push([PXE_OPTION.discoveryControl, Uint8Array.of(DISCOVERY_CONTROL.useBootFile)]);
  }
  if (type === 'ack' && item?.length === 4) options.push([PXE_OPTION.bootItem, item]);
  return options.length === 0 ? null : encodeOptions(new Map(options));
}
