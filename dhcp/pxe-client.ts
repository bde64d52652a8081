// What a network booting machine says about itself (RFC 4578; PXE 2.1 section 2.2.1).
import { DOCTOR_UUID } from '../contract/doctor.ts';
import { MESSAGE_TYPE, OPTION } from './option-codes.ts';
import { type DhcpPacket, decodeAddress, untilNul } from './packet.ts';

type MessageName = keyof typeof MESSAGE_TYPE;

export interface PxeClient {
  /** The first word of option 60: how the machine loads files. */
  readonly vendorClass: 'PXEClient' | 'HTTPClient';
  readonly messageType: MessageName | null;
  /** Option 93, in the client's order; from option 60 if missing; may be empty. */
  readonly archs: readonly number[];
  readonly isIpxe: boolean;
  /** Option 97 as received, to be echoed; null if missing. */
  readonly uuid: Uint8Array | null;
  /** The server that the packet is for (option 54); null if it is for all. */
  readonly serverId: string | null;
  /** Whether the client asks for an address (option 50). */
  readonly asksForAddress: boolean;
  /** Whether it is `doctor`, and no machine. */
  readonly isDoctor: boolean;
}

/** Parses the packet of a network boot client; null for any other packet. */
export function pxeClientOf({ options }: DhcpPacket): PxeClient | null {
  const classText = untilNul(options.get(OPTION.vendorClass) ?? new Uint8Array());
  const vendorClass = /^(PXEClient|HTTPClient)(?=:|$)/.exec(classText)?.[0];
  if (vendorClass !== 'PXEClient' && vendorClass !== 'HTTPClient') return null;
  const type = options.get(OPTION.messageType);
  const uuid = options.get(OPTION.clientUuid);
  const serverId = options.get(OPTION.serverId);
  return {
    vendorClass,
    messageType: type?.length === 1 ? messageName(type[0]) : null,
    archs: archsOf(options.get(OPTION.clientArch), classText),
    isIpxe: options.has(OPTION.ipxe) || hasUserClass(options.get(OPTION.userClass), 'iPXE'),
    uuid: uuid?.length === UUID_OPTION_BYTES ? uuid : null,
    serverId: serverId?.length === 4 ? decodeAddress(serverId) : null,
    asksForAddress: options.has(OPTION.requestedAddress),
    isDoctor: uuid !== undefined && Buffer.from(uuid).toString('hex') === `00${DOCTOR_UUID}`,
  };
}

const UUID_OPTION_BYTES = 17;

function messageName(value: number | undefined): MessageName | null {
  const names = Object.keys(MESSAGE_TYPE) as MessageName[];
  return names.find((name) => MESSAGE_TYPE[name] === value) ?? null;
}

function archsOf(option: Uint8Array | undefined, classText: string): number[] {
  if (option !== undefined && option.length > 0 && option.length % 2 === 0) {
    const view = new DataView(option.buffer, option.byteOffset, option.byteLength);
    return Array.from({ length: option.length / 2 }, (_, index) => view.getUint16(2 * index));
  }
  const inClass = /:Arch:(\d{5})(?=:|$)/.exec(classText)?.[1];
  return inClass === undefined ? [] : [Number(inClass)];
}

/** Whether option 77 names a class: as bare text, or among length-prefixed texts (RFC 3004). */
function hasUserClass(option: Uint8Array | undefined, name: string): boolean {
  if (option === undefined) return false;
  if (untilNul(option) === name) return true;
  for (let at = 0; at < option.length; ) {
    const end = at + 1 + (option[at] ?? 0);
    if (end === at + 1 || end > option.length) return false;
    if (untilNul(option.subarray(at + 1, end)) === name) return true;
    at = end;
  }
  return false;
}
