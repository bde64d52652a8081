// DHCP (RFC 2131 section 2) and BOOTP packets: bytes ↔ values, pure. Numbers are big-endian.
import { OPTION } from './option-codes.ts';
import {
  encodeOptions,
  gatherOptions,
  joinParts,
  type OptionParts,
  type Options,
  optionsLength,
} from './option-list.ts';

/**
 *      0   op       1   htype    2   hlen     3   hops
 *      4   xid                                8   secs    10 flags
 *     12   ciaddr  16   yiaddr  20   siaddr  24   giaddr
 *     28   chaddr (16)  44  sname (64)  108  file (128)
 *     236  magic cookie  240  options …
 */
export interface DhcpPacket {
  readonly kind: 'dhcp';
  /** From a client, or from a server. */
  readonly op: 'request' | 'reply';
  /** Hardware type (1: Ethernet). */
  readonly htype: number;
  /** Hardware address, at most 16 bytes. */
  readonly chaddr: Uint8Array;
  readonly hops: number;
  /** Chosen by the client; 32 bits. */
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  /** Bit 15: the client receives only broadcasts. */
  readonly flags: number;
  /** IPv4 addresses, `0.0.0.0` for none: the client's own, the one offered, the next server's, the relay's. */
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** Latin-1, at most 63 and 127 characters; empty when the field holds options (overload). */
  readonly sname: string;
  readonly file: string;
  readonly options: Options;
}

/** A datagram that is not a valid packet. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: string;
}

const AT = { chaddr: 28, sname: 44, file: 108, cookie: 236, options: 240 } as const;
const MAGIC_COOKIE = 0x63825363;
const OP = { request: 1, reply: 2 } as const;
const MAX_CHADDR = 16;
/** RFC 1542 section 2.1: receivers may drop shorter packets. */
export const MIN_PACKET_BYTES = 300;

/** The length of what `encodePacket` returns. */
export function packetLength({ options }: Pick<DhcpPacket, 'options'>): number {
  return Math.max(MIN_PACKET_BYTES, AT.options + optionsLength(options));
}

/**
 * The packet's bytes. Options are never overloaded into `file` and `sname`.
 * @throws {RangeError} when a value does not fit its field
 */
export function encodePacket(packet: DhcpPacket): Uint8Array {
  const bytes = new Uint8Array(packetLength(packet));
  const view = new DataView(bytes.buffer);
  if (packet.chaddr.length > MAX_CHADDR) throw new RangeError('chaddr is longer than 16 bytes');
  bytes.set([OP[packet.op], packet.htype, packet.chaddr.length, packet.hops]);
  view.setUint32(4, packet.xid);
  view.setUint16(8, packet.secs);
  view.setUint16(10, packet.flags);
  [packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr].forEach((address, index) => {
    bytes.set(encodeAddress(address), 12 + 4 * index);
  });
  bytes.set(packet.chaddr, AT.chaddr);
  bytes.set(text('sname', packet.sname, AT.file - AT.sname), AT.sname);
  bytes.set(text('file', packet.file, AT.cookie - AT.file), AT.file);
  view.setUint32(AT.cookie, MAGIC_COOKIE);
  bytes.set(encodeOptions(packet.options), AT.options);
  return bytes;
}

/** Leaves room for a NUL: firmware reads up to that. */
function text(field: string, value: string, size: number): Buffer {
  if (value.length >= size) throw new RangeError(`${field} is longer than ${size - 1} bytes`);
  if (/[^\x01-\xff]/.test(value))
    throw new RangeError(`${field} has a character that is not Latin-1`);
  return Buffer.from(value, 'latin1');
}

/** Decodes a datagram; never throws. */
export function decodePacket(bytes: Uint8Array): DhcpPacket | Malformed {
  if (bytes.length < AT.options) return malformed('too short for a DHCP packet');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const op = view.getUint8(0);
  if (op !== OP.request && op !== OP.reply) return malformed('neither request nor reply');
  const hlen = view.getUint8(2);
  if (hlen > MAX_CHADDR) return malformed('hardware address longer than 16 bytes');
  if (view.getUint32(AT.cookie) !== MAGIC_COOKIE) return malformed('no DHCP magic cookie');
  const fields = decodeFields(bytes);
  if (typeof fields === 'string') return malformed(fields);
  return {
    kind: 'dhcp',
    op: op === OP.request ? 'request' : 'reply',
    htype: view.getUint8(1),
    chaddr: bytes.subarray(AT.chaddr, AT.chaddr + hlen),
    hops: view.getUint8(3),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: decodeAddress(bytes.subarray(12, 16)),
    yiaddr: decodeAddress(bytes.subarray(16, 20)),
    siaddr: decodeAddress(bytes.subarray(20, 24)),
    giaddr: decodeAddress(bytes.subarray(24, 28)),
    ...fields,
  };
}

/** The options of all fields, and the text of `sname` and `file`; or what is wrong with them. */
function decodeFields(bytes: Uint8Array): Pick<DhcpPacket, 'sname' | 'file' | 'options'> | string {
  const parts: OptionParts = new Map();
  const fault = gatherOptions(bytes.subarray(AT.options), parts);
  if (fault !== null) return fault;
  const overload = parts.get(OPTION.overload)?.[0]?.[0] ?? 0;
  const fileField = bytes.subarray(AT.file, AT.cookie);
  const snameField = bytes.subarray(AT.sname, AT.file);
  // In this order (RFC 3396 section 5); an overload option in them is ignored.
  const wrong =
    ((overload & 1) === 0 ? null : gatherOptions(fileField, parts)) ??
    ((overload & 2) === 0 ? null : gatherOptions(snameField, parts));
  if (wrong !== null) return wrong;
  return {
    sname: (overload & 2) === 0 ? untilNul(snameField) : '',
    file: (overload & 1) === 0 ? untilNul(fileField) : '',
    options: joinParts(parts),
  };
}

/** The text of a field or option up to a NUL; Latin-1, so that every byte is a character. */
export function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1');
}

/**
 * The four bytes of an IPv4 address.
 * @throws {RangeError} when the text is not an IPv4 address
 */
export function encodeAddress(address: string): Uint8Array {
  const numbers = address.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (numbers.length !== 4 || numbers.some((number) => number > 255)) {
    throw new RangeError(`'${address}' is not a valid IPv4 address`);
  }
  return Uint8Array.from(numbers);
}

/** `192.0.2.1` of four bytes. */
export function decodeAddress(bytes: Uint8Array): string {
  return bytes.join('.');
}

function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason };
}
