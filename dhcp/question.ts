// Builds the requests that firmware sends, for tests and doctor.
import { MESSAGE_TYPE, OPTION } from './option-codes.ts';
import { type DhcpPacket, encodeAddress } from './packet.ts';

export interface Asker {
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** Option 93. */
  readonly arch: number;
  readonly vendorClass: 'PXEClient' | 'HTTPClient';
  /** The machine's; 16 bytes. */
  readonly uuid: Uint8Array;
  /** Whether to identify as iPXE, by options 77 and 175. */
  readonly isIpxe?: boolean;
}

export interface Question {
  readonly type: 'discover' | 'request' | 'inform';
  readonly xid: number;
  /** The client's address, once it has one. */
  readonly ciaddr?: string;
  /** The server addressed; default: all. */
  readonly serverId?: string;
}

/** What RFC 4578 section 3 tells a client to request, and what it needs for an address. */
const WANTED = [
  ...[OPTION.subnetMask, OPTION.router, OPTION.domainNameServer, OPTION.vendorSpecific],
  ...[OPTION.serverId, OPTION.vendorClass, OPTION.tftpServerName, OPTION.bootFile],
  ...[128, 129, 130, 131, 132, 133, 134, 135],
];
const MAX_MESSAGE_SIZE = [0x05, 0xc0]; // 1472: one Ethernet frame.
const UNDI = { option: [1, 3, 16], text: 'UNDI:003016' };
const BROADCAST_FLAG = 0x8000;

/** The packet that a network booting machine sends (PXE 2.1 table 2-3). */
export function pxeQuestion(asker: Asker, { type, xid, ciaddr, serverId }: Question): DhcpPacket {
  const none = '0.0.0.0';
  const options: [number, Uint8Array][] = [
    [OPTION.messageType, Uint8Array.of(MESSAGE_TYPE[type])],
    [OPTION.maxMessageSize, Uint8Array.from(MAX_MESSAGE_SIZE)],
    ...(serverId === undefined
      ? []
      : [[OPTION.serverId, encodeAddress(serverId)] satisfies [number, Uint8Array]]),
    [OPTION.parameterRequest, Uint8Array.from(WANTED)],
    ...machineOptions(asker),
  ];
  return {
    ...{ kind: 'dhcp', op: 'request', htype: 1, chaddr: asker.mac, hops: 0, xid, secs: 0 },
    flags: ciaddr === undefined ? BROADCAST_FLAG : 0,
    ...{ ciaddr: ciaddr ?? none, yiaddr: none, siaddr: none, giaddr: none, sname: '', file: '' },
    options: new Map(options),
  };
}

function machineOptions({ vendorClass, arch, uuid, isIpxe }: Asker): [number, Uint8Array][] {
  const vendor = `${vendorClass}:Arch:${String(arch).padStart(5, '0')}:${UNDI.text}`;
  const ipxe: [number, Uint8Array][] = [
    [OPTION.userClass, Buffer.from('iPXE')],
    [OPTION.ipxe, Uint8Array.of(OPTION.end)],
  ];
  return [
    [OPTION.vendorClass, Buffer.from(vendor)],
    [OPTION.clientArch, Uint8Array.of(arch >> 8, arch & 0xff)],
    [OPTION.clientNdi, Uint8Array.from(UNDI.option)],
    [OPTION.clientUuid, Uint8Array.of(0, ...uuid)],
    ...(isIpxe === true ? ipxe : []),
  ];
}
