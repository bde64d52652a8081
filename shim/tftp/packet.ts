// The packets of TFTP (RFC 1350, options by RFC 2347): bytes ↔ values, pure. Numbers are big-endian;
// a string is its bytes and one NUL.

/** An option as requested or granted (RFC 2347); the name's case is preserved. */
export interface Option {
  readonly name: string;
  readonly value: string;
}

export interface Request {
  readonly kind: 'rrq' | 'wrq';
  readonly filename: string;
  /** In lower case; RFC 1350 knows netascii, octet and mail, in any case. */
  readonly mode: string;
  readonly options: readonly Option[];
}

export type Packet =
  | Request
  | { readonly kind: 'data'; readonly block: number; readonly data: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: readonly Option[] };

/** A datagram that is not a valid packet; `opcode` is null if it had none. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly opcode: number | null;
  readonly reason: string;
}

export const OPCODE = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** Error codes (RFC 1350 appendix; 8 by RFC 2347 section 2). */
export const ERROR = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  allocationExceeded: 3,
  illegalOperation: 4,
  unknownTransferId: 5,
  optionNegotiation: 8,
} as const;

/** A request packet has at most 512 octets (RFC 2347 section 2). */
const MAX_REQUEST_BYTES = 512;

/** The longest text of an ERROR packet, sent or received. */
const MAX_MESSAGE_BYTES = 200;

/** What a datagram says; never throws. */
export function decodePacket(bytes: Uint8Array): Packet | Malformed {
  if (bytes.length < 2) return malformed(null, 'too short for an opcode');
  const opcode = uint16(bytes, 0);
  switch (opcode) {
    case OPCODE.rrq:
      return decodeRequest('rrq', bytes);
    case OPCODE.wrq:
      return decodeRequest('wrq', bytes);
    case OPCODE.oack:
      return decodeOack(bytes);
  }
  if (opcode !== OPCODE.data && opcode !== OPCODE.ack && opcode !== OPCODE.error) {
    return malformed(opcode, 'unknown opcode');
  }
  if (bytes.length < 4) return malformed(opcode, 'too short for its block number or error code');
  const number = uint16(bytes, 2);
  if (opcode === OPCODE.ack) return { kind: 'ack', block: number };
  if (opcode === OPCODE.data) return { kind: 'data', block: number, data: bytes.subarray(4) };
  return { kind: 'error', code: number, message: errorText(bytes.subarray(4)) };
}

/**
 * RRQ and WRQ, RFC 1350 figure 5-1 and RFC 2347 section 2:
 *
 *      2 bytes   string    1    string  1  string   1  string   1
 *     +--------+----------+---+--------+---+------+---+-------+---+
 *     | 1 or 2 | filename | 0 |  mode  | 0 | name | 0 | value | 0 | …
 *     +--------+----------+---+--------+---+------+---+-------+---+
 */
export function encodeRequest({ kind, filename, mode, options }: Request): Uint8Array {
  const strings = [filename, mode, ...options.flatMap(({ name, value }) => [name, value])];
  return Buffer.concat([numbers(OPCODE[kind]), ...strings.map(terminated)]);
}

function decodeRequest(kind: 'rrq' | 'wrq', bytes: Uint8Array): Request | Malformed {
  const opcode = OPCODE[kind];
  if (bytes.length > MAX_REQUEST_BYTES) return malformed(opcode, 'longer than 512 octets');
  const strings = splitStrings(bytes.subarray(2));
  if (strings === null) return malformed(opcode, 'a string is not terminated by NUL');
  const [filename, ...others] = strings;
  // NULs behind the name: a DHCP option may count its own as part of it.
  const [mode, ...rest] = others.slice(others.findIndex((string) => string !== ''));
  if (filename === undefined || mode === undefined || mode === '') {
    return malformed(opcode, 'missing mode');
  }
  const options = pairs(rest);
  if (options === null) return malformed(opcode, 'an option has no value');
  return { kind, filename, mode: mode.toLowerCase(), options };
}

/**
 * DATA, RFC 1350 figure 5-2:
 *
 *      2 bytes   2 bytes   n bytes
 *     +--------+---------+--------+
 *     |   3    |  block  |  data  |
 *     +--------+---------+--------+
 *
 * `block` may be beyond 65,535: only its low 16 bits are sent.
 */
export function encodeData(block: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([numbers(OPCODE.data, block), data]);
}

/** A buffer for the DATA packets of this many bytes and blocks, and the part of it for the bytes. */
export function roomForBlocks(bytes: number, blocks: number) {
  const packets = Buffer.allocUnsafeSlow(bytes + 4 * blocks);
  return { packets, data: packets.subarray(4 * blocks) };
}

/**
 * Turns such a buffer, whose part for the bytes has been filled, into DATA packets of consecutive
 * blocks. In place: each block moves towards the front, the first one first.
 * @param first the number of the first block
 */
export function frameBlocks(packets: Buffer, first: number, blksize: number, blocks: number): void {
  for (let n = 0; n < blocks; n += 1) {
    const at = n * (blksize + 4);
    const data = 4 * blocks + n * blksize;
    packets.copyWithin(at + 4, data, data + blksize);
    packets.writeUInt16BE(OPCODE.data, at);
    packets.writeUInt16BE((first + n) & 0xffff, at + 2);
  }
}

/**
 * ACK, RFC 1350 figure 5-3:
 *
 *      2 bytes   2 bytes
 *     +--------+---------+
 *     |   4    |  block  |
 *     +--------+---------+
 */
export function encodeAck(block: number): Uint8Array {
  return numbers(OPCODE.ack, block);
}

/**
 * ERROR, RFC 1350 figure 5-4; a long message is truncated:
 *
 *      2 bytes   2 bytes   string    1
 *     +--------+---------+---------+---+
 *     |   5    |  code   | message | 0 |
 *     +--------+---------+---------+---+
 */
export function encodeError(code: number, message: string): Uint8Array {
  const text = Buffer.from(message.replaceAll('\0', '')).subarray(0, MAX_MESSAGE_BYTES);
  return Buffer.concat([numbers(OPCODE.error, code), text, Buffer.of(0)]);
}

/**
 * OACK, RFC 2347 section 2:
 *
 *      2 bytes  string   1  string   1
 *     +--------+------+---+-------+---+
 *     |   6    | name | 0 | value | 0 | …
 *     +--------+------+---+-------+---+
 */
export function encodeOack(options: readonly Option[]): Uint8Array {
  const strings = options.flatMap(({ name, value }) => [name, value]);
  return Buffer.concat([numbers(OPCODE.oack), ...strings.map(terminated)]);
}

function decodeOack(bytes: Uint8Array): Packet | Malformed {
  const strings = splitStrings(bytes.subarray(2));
  if (strings === null) return malformed(OPCODE.oack, 'a string is not terminated by NUL');
  const options = pairs(strings);
  if (options === null) return malformed(OPCODE.oack, 'an option has no value');
  return { kind: 'oack', options };
}

function malformed(opcode: number | null, reason: string): Malformed {
  return { kind: 'malformed', opcode, reason };
}

function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(2 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value & 0xffff, 2 * index);
  });
  return bytes;
}

function terminated(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Splits a sequence of NUL-terminated strings; null when the last one is not terminated. */
function splitStrings(bytes: Uint8Array): string[] | null {
  const strings: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0, start);
    if (end === -1) return null;
    strings.push(text(bytes.subarray(start, end)));
    start = end + 1;
  }
  return strings;
}

/** Names with their values; NULs that some firmware pads its request with are ignored. */
function pairs(strings: readonly string[]): Option[] | null {
  const last = strings.findLastIndex((string) => string !== '');
  const options: Option[] = [];
  for (let index = 0; index <= last; index += 2) {
    const [name, value] = strings.slice(index, index + 2);
    if (name === undefined || value === undefined) return null;
    options.push({ name, value });
  }
  return options;
}

/** Some senders omit the message's NUL, some the whole message. */
function errorText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return text(bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, MAX_MESSAGE_BYTES)));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
