// Packets that real firmware sent in the e2e lab: its requests before it has an address, and the
// REQUEST for the address of another server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DhcpPacket, decodePacket, encodePacket } from './packet.ts';
import { pxeClientOf } from './pxe-client.ts';

const RECORDED: readonly { from: string; discover: string; request: string }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/firmware.json'), 'utf8'),
);

function packetOf(hex: string): DhcpPacket {
  const packet = decodePacket(Buffer.from(hex, 'hex'));
  assert.ok(packet.kind === 'dhcp');
  return packet;
}

function understood(hex: string) {
  const client = pxeClientOf(packetOf(hex));
  assert.ok(client);
  const { vendorClass, messageType, archs, isIpxe, serverId, asksForAddress } = client;
  assert.equal(client.uuid?.length, 17);
  return [vendorClass, messageType, archs.join(), isIpxe, serverId, asksForAddress];
}

test('each firmware is understood', () => {
  assert.deepEqual(
    RECORDED.map(({ discover }) => understood(discover)),
    [
      ['PXEClient', 'discover', '0', true, null, false],
      ['PXEClient', 'discover', '7', false, null, false],
      ['PXEClient', 'discover', '7', true, null, false],
      ['HTTPClient', 'discover', '16', false, null, false],
    ],
  );
  for (const { request } of RECORDED) {
    assert.deepEqual(
      [understood(request)[1], ...understood(request).slice(4)],
      [...['request', '10.77.0.2', true]],
    );
  }
});

test('encoded again, each of their packets is the same up to its padding', () => {
  for (const { from, discover, request } of RECORDED) {
    for (const hex of [discover, request]) {
      const again = Buffer.from(encodePacket(packetOf(hex))).toString('hex');
      const trimmed = (text: string) => text.replace(/(00)*$/, '');
      assert.equal(trimmed(again), trimmed(hex), from);
    }
  }
});
