// DISCOVERs in the forms in which firmwares send them, byte by byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePacket } from '../../dhcp/packet.ts';
import { Responder } from './responder.ts';

const SERVER = '10.93.0.1';
const HEADER_BYTES = 240;
const END = 'ff';

const text = (value: string) => Buffer.from(value).toString('hex');
const option = (code: number, hex: string) => Buffer.of(code, hex.length / 2).toString('hex') + hex;

const DISCOVER = option(53, '01');
const UUID = option(97, `00${'07'.repeat(16)}`);
const archs = (...values: number[]) =>
  option(93, values.map((value) => value.toString(16).padStart(4, '0')).join(''));
const vendor = (arch: number, name = 'PXEClient') =>
  option(60, text(`${name}:Arch:${String(arch).padStart(5, '0')}:UNDI:003016`));

interface Header {
  readonly flags?: number;
  readonly hops?: number;
  readonly giaddr?: readonly number[];
}

/** A datagram of at least 300 bytes, as RFC 1542 wants it; `options` includes END, or does not. */
function packet(options: string, { flags = 0, hops = 0, giaddr = [] }: Header = {}): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([1, 1, 6, hops, 0, 0, 0, 9]);
  header.writeUInt16BE(flags, 10);
  header.set(giaddr, 24);
  header.set([0x52, 0x54, 0, 0x77, 0, 1], 28);
  header.writeUInt32BE(0x63825363, 236);
  const bytes = Buffer.concat([header, Buffer.from(options, 'hex')]);
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, 300 - bytes.length))]);
}

/** The boot file that a proxy names; null if it says nothing. */
function answerTo(bytes: Buffer): string | null {
  const said: Uint8Array[] = [];
  const responder = new Responder({
    networks: new Map([[SERVER, { broadcast: (reply: Uint8Array) => void said.push(reply) }]]),
    ...{ httpPort: 8080, now: () => 0, has: () => true },
    ...{ log: () => {}, onClient: () => {}, count: () => {}, drop: () => {} },
  });
  responder.atDhcpPort(bytes);
  assert.ok(said.length <= 1);
  const reply = said[0] && decodePacket(said[0]);
  if (reply === undefined) return null;
  assert.ok(reply.kind === 'dhcp' && reply.siaddr === SERVER && reply.yiaddr === '0.0.0.0');
  return reply.file;
}

const EFI = DISCOVER + archs(7) + vendor(7);
const HTTP = `http://${SERVER}:8080/tftp`;

const FORMS: readonly [what: string, bytes: Buffer, file: string | null][] = [
  ['BIOS', packet(DISCOVER + archs(0) + UUID + vendor(0) + END), 'undionly.kpxe'],
  ['no UUID', packet(DISCOVER + archs(0) + vendor(0) + END), 'undionly.kpxe'],
  ['a UUID of 16 bytes', packet(EFI + option(97, '07'.repeat(16)) + END), 'snponly.efi'],
  ['its architecture only in the class', packet(DISCOVER + vendor(7) + END), 'snponly.efi'],
  ['no architecture', packet(DISCOVER + option(60, text('PXEClient')) + END), null],
  [
    'a NUL behind the class',
    packet(DISCOVER + archs(7) + option(60, text('PXEClient\0')) + END),
    'snponly.efi',
  ],
  [
    'PADs between options',
    packet(`0000${DISCOVER}00${archs(7)}000000${vendor(7)}${END}`),
    'snponly.efi',
  ],
  ['no END', packet(EFI), 'snponly.efi'],
  ['an option that runs past the end', packet(`${EFI}3dff01`), null],
  ['the broadcast flag', packet(EFI + END, { flags: 0x8000 }), 'snponly.efi'],
  ['a hop, and no relay', packet(EFI + END, { hops: 1 }), 'snponly.efi'],
  ['a relay', packet(EFI + END, { hops: 1, giaddr: [10, 1, 1, 1] }), null],
  ['32-bit UEFI', packet(DISCOVER + archs(6) + vendor(6) + END), null],
  ['two architectures', packet(DISCOVER + archs(7, 0) + vendor(7) + END), 'snponly.efi'],
  ['UEFI arm64', packet(DISCOVER + archs(11) + vendor(11) + END), 'snponly-arm64.efi'],
  [
    'HTTP boot',
    packet(DISCOVER + archs(16) + vendor(16, 'HTTPClient') + END),
    `${HTTP}/snponly.efi`,
  ],
  ['HTTP boot of 32-bit UEFI', packet(DISCOVER + archs(15) + vendor(15, 'HTTPClient') + END), null],
  ['iPXE without option 175', packet(EFI + option(77, text('iPXE')) + END), 'boot.ipxe'],
  ['gPXE', packet(EFI + option(77, text('gPXE')) + option(175, 'b10100') + END), 'boot.ipxe'],
  ['BOOTP, without a type', packet(archs(0) + vendor(0) + END), null],
  ['room for 300 bytes only', packet(option(57, '012c') + EFI + END), 'snponly.efi'],
];

for (const [what, bytes, file] of FORMS) {
  test(`${what}: ${file ?? 'no answer'}`, () => assert.equal(answerTo(bytes), file));
}
