import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodePacket,
  encodeAck,
  encodeData,
  encodeError,
  encodeOack,
  encodeRequest,
  type Packet,
} from './packet.ts';

function encode(packet: Packet): Uint8Array {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return encodeRequest(packet);
    case 'data':
      return encodeData(packet.block, packet.data);
    case 'ack':
      return encodeAck(packet.block);
    case 'error':
      return encodeError(packet.code, packet.message);
    case 'oack':
      return encodeOack(packet.options);
  }
}

/** value → bytes → value, also when the bytes are part of a larger buffer. */
function roundTrip(packet: Packet): void {
  const bytes = encode(packet);
  assert.deepEqual(plain(decodePacket(bytes)), plain(packet));
  const larger = Buffer.concat([Buffer.alloc(10, 0xee), bytes, Buffer.alloc(10, 0xee)]);
  assert.deepEqual(plain(decodePacket(larger.subarray(10, 10 + bytes.length))), plain(packet));
}

/** Compares bytes by content, whatever the array type. */
function plain(packet: ReturnType<typeof decodePacket>): unknown {
  return packet.kind === 'data' ? { ...packet, data: [...packet.data] } : packet;
}

const options = [
  { name: 'tsize', value: '0' },
  { name: 'blksize', value: '1468' },
];

test('each packet round-trips through bytes', () => {
  roundTrip({ kind: 'rrq', filename: 'undionly.kpxe', mode: 'octet', options });
  roundTrip({ kind: 'wrq', filename: 'größe', mode: 'netascii', options: [] });
  roundTrip({ kind: 'data', block: 65_535, data: Buffer.from('abc') });
  roundTrip({ kind: 'data', block: 1, data: Buffer.alloc(0) });
  roundTrip({ kind: 'ack', block: 0 });
  roundTrip({ kind: 'error', code: 8, message: 'no' });
  roundTrip({ kind: 'oack', options });
});

test('the bytes are those of the RFC', () => {
  const rrq = encodeRequest({
    kind: 'rrq',
    filename: 'a',
    mode: 'octet',
    options: options.slice(0, 1),
  });
  assert.equal(Buffer.from(rrq).toString('latin1'), '\0\x01a\0octet\0tsize\x000\0');
  assert.deepEqual([...encodeData(0x1_0203, Buffer.of(9))], [0, 3, 2, 3, 9]);
  assert.deepEqual([...encodeAck(258)], [0, 4, 1, 2]);
  assert.deepEqual([...encodeError(5, 'x')], [0, 5, 0, 5, 0x78, 0]);
});

test('the mode is taken in any case', () => {
  const packet = decodePacket(Buffer.from('\0\x01a\0OcTeT\0'));
  assert.equal(packet.kind === 'rrq' && packet.mode, 'octet');
});

test('NULs behind the file name are no mode', () => {
  const packet = decodePacket(Buffer.from('\0\x01snponly.efi\0\0\0octet\0blksize\x001468\0'));
  assert.partialDeepStrictEqual(packet, {
    kind: 'rrq',
    filename: 'snponly.efi',
    mode: 'octet',
    options: [{ name: 'blksize', value: '1468' }],
  });
  assert.equal(decodePacket(Buffer.from('\0\x01a\0\0\0')).kind, 'malformed');
});

test('NULs that pad a request are not options', () => {
  const packet = decodePacket(Buffer.from('\0\x01a\0octet\0tsize\x000\0\0\0\0'));
  assert.deepEqual(packet.kind === 'rrq' && packet.options, [{ name: 'tsize', value: '0' }]);
});

const malformed: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['one byte', '\0'],
  ['an unknown opcode', '\0\x07'],
  ['opcode only', '\0\x04'],
  ['half a block number', '\0\x04\0'],
  ['no file name', '\0\x01'],
  ['a file name without its NUL', '\0\x01abc'],
  ['no mode', '\0\x01abc\0'],
  ['a mode without its NUL', '\0\x01abc\0octet'],
  ['an option without a value', '\0\x01abc\0octet\0tsize\0'],
  ['an option value without its NUL', '\0\x01abc\0octet\0tsize\x000'],
  ['an option list of 64 KB', `\0\x01a\0octet\0${'blksize\x001468\0'.repeat(4700)}`],
  ['an OACK without its NUL', '\0\x06tsize'],
];
for (const [what, text] of malformed) {
  test(`malformed: ${what}`, () => {
    assert.equal(decodePacket(Buffer.from(text, 'latin1')).kind, 'malformed');
  });
}

test('a long error message is truncated both ways', () => {
  const packet = decodePacket(encodeError(0, 'x'.repeat(5000)));
  assert.equal(packet.kind === 'error' && packet.message.length, 200);
  const foreign = decodePacket(Buffer.concat([Buffer.of(0, 5, 0, 0), Buffer.alloc(5000, 'y')]));
  assert.equal(foreign.kind === 'error' && foreign.message.length, 200);
});

test('any bytes decode to something, and anything but a request re-encodes to an equal packet', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const packet = decodePacket(bytes);
      if (packet.kind === 'ack') assert.deepEqual([...encode(packet)], [...bytes.subarray(0, 4)]);
      if (packet.kind === 'data') assert.deepEqual([...encode(packet)], [...bytes]);
    }),
  );
});

test('any request round-trips', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((s) => !s.includes('\0'));
  const option = fc.record({ name: word, value: word }, { noNullPrototype: true });
  fc.assert(
    fc.property(word, fc.array(option, { maxLength: 3 }), (filename, list) => {
      const request = { kind: 'rrq', filename, mode: 'octet', options: list } as const;
      fc.pre(encodeRequest(request).length <= 512);
      roundTrip(request);
    }),
  );
});
