import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OPTION } from './option-codes.ts';
import { decodeOptions, encodeOptions, optionsLength } from './option-list.ts';
import {
  type DhcpPacket,
  decodePacket,
  encodeAddress,
  encodePacket,
  MIN_PACKET_BYTES,
  packetLength,
} from './packet.ts';

const PLAIN: DhcpPacket = {
  ...{ kind: 'dhcp', op: 'reply', htype: 1, hops: 2, xid: 0xdeadbeef, secs: 4, flags: 0x8000 },
  chaddr: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 1),
  ...{ ciaddr: '10.0.0.9', yiaddr: '10.0.0.10', siaddr: '10.0.0.1', giaddr: '10.0.0.2' },
  ...{ sname: 'genesis', file: 'undionly.kpxe' },
  options: new Map([[OPTION.messageType, Uint8Array.of(2)]]),
};

/** A decoded packet whose byte arrays all have the same type, so that they compare. */
function decoded(bytes: Uint8Array): DhcpPacket {
  const packet = decodePacket(bytes);
  assert.equal(packet.kind, 'dhcp', JSON.stringify(packet));
  assert.ok(packet.kind === 'dhcp');
  const options = [...packet.options].map(
    ([code, value]) => [code, Uint8Array.from(value)] as const,
  );
  return { ...packet, chaddr: Uint8Array.from(packet.chaddr), options: new Map(options) };
}

/** Value to bytes to value to bytes to value, and again within a larger buffer. */
function assertRoundTrip(packet: DhcpPacket): void {
  const bytes = encodePacket(packet);
  assert.equal(bytes.length, packetLength(packet));
  assert.deepEqual(decoded(bytes), packet);
  assert.deepEqual(encodePacket(decoded(bytes)), bytes);
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 10);
  assert.deepEqual(decoded(larger.subarray(10, 10 + bytes.length)), packet);
}

function put(
  bytes: Uint8Array,
  at: number,
  ...values: (Uint8Array | readonly number[])[]
): Uint8Array {
  bytes.set(Buffer.concat(values.map((value) => Uint8Array.from(value))), at);
  return bytes;
}

const anAddress = fc.ipV4();
const latin1 = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength })
    .map((codes) => String.fromCharCode(...codes));
const aCode = fc.integer({ min: 1, max: 254 }).filter((code) => code !== OPTION.overload);
const someOptions = fc
  .uniqueArray(fc.tuple(aCode, fc.uint8Array({ maxLength: 600 })), { selector: ([code]) => code })
  .map((entries) => new Map(entries.map(([code, value]) => [code, Uint8Array.from(value)])));
const aPacket: fc.Arbitrary<DhcpPacket> = fc.record(
  {
    kind: fc.constant('dhcp' as const),
    op: fc.constantFrom('request' as const, 'reply' as const),
    htype: fc.nat(255),
    chaddr: fc.uint8Array({ maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
    hops: fc.nat(255),
    xid: fc.nat(0xffffffff),
    secs: fc.nat(0xffff),
    flags: fc.nat(0xffff),
    ciaddr: anAddress,
    yiaddr: anAddress,
    siaddr: anAddress,
    giaddr: anAddress,
    sname: latin1(63),
    file: latin1(127),
    options: someOptions,
  },
  { noNullPrototype: true },
);

test('the fields are where RFC 2131 puts them', () => {
  const bytes = Buffer.from(encodePacket(PLAIN));
  assert.equal(bytes.length, MIN_PACKET_BYTES);
  assert.equal(bytes.toString('hex', 0, 12), '02010602deadbeef00048000');
  assert.equal(bytes.toString('hex', 12, 28), '0a0000090a00000a0a0000010a000002');
  assert.equal(bytes.toString('hex', 28, 44), `525400123401${'00'.repeat(10)}`);
  assert.equal(bytes.toString('latin1', 44, 52), 'genesis\0');
  assert.equal(bytes.toString('latin1', 108, 122), 'undionly.kpxe\0');
  assert.equal(bytes.toString('hex', 236, 244), '63825363350102ff');
});

test('any packet round-trips through bytes', () => {
  assertRoundTrip(PLAIN);
  fc.assert(fc.property(aPacket, assertRoundTrip), { numRuns: 300 });
});

test('options: long values in pieces, empty ones, padding, a missing END', () => {
  const long = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
  const options = new Map([
    [43, long],
    [80, new Uint8Array()],
  ]);
  const bytes = encodeOptions(options);
  assert.equal(bytes.length, optionsLength(options));
  assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(257, 259)], [43, 255, 43, 45]);
  assert.deepEqual(decodeOptions(bytes), options);
  assert.deepEqual(decodeOptions(Uint8Array.of(0, 0, 53, 1, 1)), new Map([[53, Uint8Array.of(1)]]));
  assert.equal(decodeOptions(Uint8Array.of(53)), null);
  assert.equal(decodeOptions(Uint8Array.of(53, 2, 1)), null);
});

test('option overload: file and sname hold options, in that order', () => {
  const bytes = encodePacket({ ...PLAIN, options: new Map([[OPTION.overload, Uint8Array.of(3)]]) });
  put(bytes, 108, [67, 3], Buffer.from('abc'), [255]);
  put(bytes, 44, [67, 3], Buffer.from('def'), [52, 1, 0, 255]);
  const { sname, file, options } = decoded(bytes);
  assert.deepEqual([sname, file], ['', '']);
  assert.equal(Buffer.from(options.get(67) ?? []).toString(), 'abcdef');

  const onlyFile = encodePacket({ ...PLAIN, options: new Map([[52, Uint8Array.of(1)]]) });
  put(onlyFile, 108, [67, 1, 120, 255]);
  assert.deepEqual([decoded(onlyFile).sname, decoded(onlyFile).file], ['genesis', '']);
  put(onlyFile, 108, new Uint8Array(126), [67, 200]);
  assert.equal(decodePacket(onlyFile).kind, 'malformed');
});

test('what is not a packet, with the reason', () => {
  const reasonOf = (bytes: Uint8Array) => {
    const packet = decodePacket(bytes);
    return packet.kind === 'malformed' ? packet.reason : null;
  };
  const changed = (at: number, value: number) => put(encodePacket(PLAIN), at, [value]);
  assert.match(reasonOf(new Uint8Array()) ?? '', /too short/);
  assert.match(reasonOf(encodePacket(PLAIN).subarray(0, 239)) ?? '', /too short/);
  assert.match(reasonOf(changed(0, 3)) ?? '', /neither request nor reply/);
  assert.match(reasonOf(changed(2, 17)) ?? '', /longer than 16/);
  assert.match(reasonOf(changed(236, 0)) ?? '', /cookie/);
  assert.match(reasonOf(changed(241, 255)) ?? '', /option 53 runs past the end/);
  assert.equal(reasonOf(encodePacket(PLAIN).subarray(0, 240)), null);
});

test('values that do not fit their field are refused', () => {
  for (const [wrong, says] of [
    [{ chaddr: new Uint8Array(17) }, /chaddr/],
    [{ file: 'x'.repeat(128) }, /file is longer than 127/],
    [{ sname: 'x'.repeat(64) }, /sname is longer than 63/],
    [{ file: 'a\0b' }, /Latin-1/],
    [{ file: 'ипксе' }, /Latin-1/],
    [{ siaddr: '10.0.0' }, /IPv4/],
    [{ siaddr: '10.0.0.256' }, /IPv4/],
    [{ options: new Map([[0, new Uint8Array()]]) }, /not a valid option code/],
    [{ options: new Map([[255, new Uint8Array()]]) }, /not a valid option code/],
  ] as const) {
    assert.throws(() => encodePacket({ ...PLAIN, ...wrong }), says);
  }
  assert.throws(() => encodeAddress('1.2.3.x'), /IPv4/);
});

test('hostile datagrams: every answer is a packet or a reason, at once', () => {
  const random = fc.uint8Array({ maxLength: 2000 });
  const almost = fc
    .tuple(aPacket, fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 20 }), fc.nat(700))
    .map(([packet, changes, cut]) => {
      const bytes = encodePacket(packet);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, Math.max(0, bytes.length - cut));
    });
  const take = (bytes: Uint8Array) => {
    const packet = decodePacket(bytes);
    if (packet.kind === 'dhcp') {
      const values = [...packet.options.values()].reduce((sum, value) => sum + value.length, 0);
      assert.ok(values <= bytes.length && packet.chaddr.length <= 16);
      assert.ok(packet.file.length <= 128 && packet.sname.length <= 64);
    } else assert.ok(packet.reason.length > 0);
  };
  fc.assert(fc.property(fc.oneof(random, almost), take), { numRuns: 2000 });

  // The most options that a datagram can hold, all of them the same one.
  const many = new Uint8Array(65_000).fill(0);
  put(many, 0, encodePacket(PLAIN).subarray(0, 240));
  for (let at = 240; at + 3 <= many.length; at += 3) put(many, at, [77, 1, 65]);
  assert.equal(decoded(many).options.get(77)?.length, Math.floor((65_000 - 240) / 3));
});
