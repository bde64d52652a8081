import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MESSAGE_TYPE } from './option-codes.ts';
import { decodePacket, encodePacket } from './packet.ts';
import { pxeClientOf } from './pxe-client.ts';
import { pxeQuestion } from './question.ts';

const ASKER = {
  mac: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 1),
  arch: 7,
  vendorClass: 'PXEClient',
  uuid: Uint8Array.from({ length: 16 }, (_, index) => index),
} as const;

/** Parses a request with changed options. */
function clientWith(changes: Readonly<Record<number, Uint8Array | null>>) {
  const question = pxeQuestion(ASKER, { type: 'discover', xid: 1 });
  const options = new Map(question.options);
  for (const [code, value] of Object.entries(changes)) {
    if (value === null) options.delete(Number(code));
    else options.set(Number(code), value);
  }
  return pxeClientOf({ ...question, options });
}

test('an encoded request decodes to the same request', () => {
  const asked = pxeQuestion(
    { ...ASKER, arch: 16, vendorClass: 'HTTPClient' },
    { type: 'request', xid: 7, ciaddr: '10.0.0.50', serverId: '10.0.0.1' },
  );
  const packet = decodePacket(encodePacket(asked));
  assert.ok(packet.kind === 'dhcp');
  assert.equal(packet.ciaddr, '10.0.0.50');
  const client = pxeClientOf(packet);
  assert.ok(client);
  assert.deepEqual(
    [client.vendorClass, client.messageType, client.archs, client.serverId, client.isIpxe],
    ['HTTPClient', 'request', [16], '10.0.0.1', false],
  );
  assert.deepEqual([...(client.uuid ?? [])], [0, ...ASKER.uuid]);
  assert.equal(client.asksForAddress, false);
});

test('every type of message has its name; others have none', () => {
  for (const [name, value] of Object.entries(MESSAGE_TYPE)) {
    assert.equal(clientWith({ 53: Uint8Array.of(value) })?.messageType, name);
  }
  for (const value of [[], [0], [9], [1, 1]]) {
    assert.equal(clientWith({ 53: Uint8Array.from(value) })?.messageType, null);
  }
  assert.equal(clientWith({ 53: null })?.messageType, null);
});

test('only PXEClient and HTTPClient boot by network', () => {
  const classOf = (text: string) => clientWith({ 60: Buffer.from(text) })?.vendorClass;
  assert.equal(classOf('PXEClient'), 'PXEClient');
  assert.equal(classOf('PXEClient:Arch:00000:UNDI:002001\0'), 'PXEClient');
  assert.equal(classOf('HTTPClient:Arch:00016:UNDI:003001'), 'HTTPClient');
  for (const text of ['', 'MSFT 5.0', 'pxeclient', 'PXEClients', 'xPXEClient', 'AAPLBSDPC/i386']) {
    assert.equal(classOf(text), undefined, text);
  }
  assert.equal(clientWith({ 60: null }), null);
});

test('iPXE is known by option 175, or by option 77 in both of its forms', () => {
  assert.equal(clientWith({})?.isIpxe, false);
  assert.equal(clientWith({ 175: Uint8Array.of(177, 1, 0) })?.isIpxe, true);
  for (const [value, expected] of [
    ['iPXE', true],
    ['iPXE\0', true],
    ['\x04iPXE', true],
    ['\x03lab\x04iPXE', true],
    ['iPXE2', false],
    ['\x05iPXE', false],
    ['\x00\x04iPXE', false],
    ['', false],
  ] as const) {
    assert.equal(clientWith({ 77: Buffer.from(value) })?.isIpxe, expected, JSON.stringify(value));
  }
});

test('the architecture: several, from option 60 where 93 is missing or broken, none', () => {
  assert.deepEqual(clientWith({ 93: Uint8Array.of(0, 6, 0, 9) })?.archs, [6, 9]);
  assert.deepEqual(clientWith({ 93: null })?.archs, [7]);
  assert.deepEqual(clientWith({ 93: Uint8Array.of(7) })?.archs, [7]);
  assert.deepEqual(clientWith({ 93: null, 60: Buffer.from('PXEClient') })?.archs, []);
});

test('a uuid or a server ID of the wrong length is ignored', () => {
  const client = clientWith({ 97: new Uint8Array(16), 54: new Uint8Array(3) });
  assert.deepEqual([client?.uuid, client?.serverId], [null, null]);
});

test('hostile options never throw', () => {
  const value = fc.uint8Array({ maxLength: 300 });
  const codes = [50, 53, 54, 55, 60, 77, 93, 97, 175];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...codes), value)), (changes) => {
      const client = clientWith({ 60: Buffer.from('PXEClient'), ...Object.fromEntries(changes) });
      assert.ok(client === null || client.archs.every((arch) => arch <= 0xffff));
    }),
    { numRuns: 500 },
  );
});
