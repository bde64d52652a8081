import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framesOf, holds, streamsOf } from './capture.ts';

const SECRET = '00112233445566778899aabbccddeeff';

/** An Ethernet frame with a TCP segment. */
function frame(sequence: number, text: string, port = 1): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(port, 0);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt8(5 << 4, 12);
  const data = Buffer.concat([tcp, Buffer.from(text)]);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(20 + data.length, 2);
  ip.writeUInt8(6, 9);
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(0x0800, 12);
  return Buffer.concat([ethernet, ip, data, Buffer.alloc(6)]);
}

test('the frames of a capture are read up to where it is cut off', () => {
  const length = (number: number) => Buffer.from([0, 0, 0, number]);
  const capture = Buffer.concat([length(2), Buffer.from('ab'), length(9), Buffer.from('cut')]);
  assert.deepEqual(framesOf(capture).map(String), ['ab']);
  assert.deepEqual(framesOf(Buffer.alloc(0)), []);
});

test('streams are put together whatever the order, repeats and the wrap of numbers', () => {
  const frames = [
    frame(0xfffffffe, 'abcd'),
    frame(6, 'ij'),
    frame(2, 'efgh'),
    frame(0, 'cdef'),
    frame(5, 'other', 2),
    frame(9, ''),
  ];
  assert.deepEqual(streamsOf(frames).map(String), ['abcdefghij', 'other']);
});

test('a secret is found in every spelling, and across frames', () => {
  const bytes = Buffer.from(SECRET, 'hex');
  const spelled = [
    SECRET,
    SECRET.toUpperCase(),
    bytes.toString('latin1'),
    Buffer.from(SECRET).toString('hex'),
    ...['', 'x', 'xy'].flatMap((before) => [
      Buffer.from(`${before}${SECRET} and more`).toString('base64'),
      Buffer.concat([Buffer.from(before), bytes, Buffer.from('more')]).toString('base64url'),
    ]),
  ];
  for (const text of spelled) {
    assert.ok(holds([Buffer.from(`before ${text} after`, 'latin1')], SECRET), text);
  }
  assert.ok(!holds([Buffer.from(SECRET.replace('9', '8'))], SECRET));
  const halves = [frame(1, SECRET.slice(0, 9)), frame(10, SECRET.slice(9))];
  assert.ok(!holds(halves, SECRET));
  assert.ok(holds(streamsOf(halves), SECRET));
});
