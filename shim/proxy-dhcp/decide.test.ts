import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MESSAGE_TYPE, OPTION } from '../../dhcp/option-codes.ts';
import type { DhcpPacket } from '../../dhcp/packet.ts';
import { type Asker, pxeQuestion } from '../../dhcp/question.ts';
import { decide, type Port } from './decide.ts';

const OWN = new Set(['10.0.0.1', '192.168.1.1']);
const ASKER: Asker = {
  mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
  arch: 0,
  vendorClass: 'PXEClient',
  uuid: new Uint8Array(16),
};
const DISCOVER = pxeQuestion(ASKER, { type: 'discover', xid: 1 });

/** `offer`, `ack`, or why the packet is ignored. */
function outcome(packet: DhcpPacket, port: Port): string {
  const decision = decide(packet, port, OWN);
  return decision.kind === 'answer' ? decision.type : decision.why;
}

function withOptions(
  packet: DhcpPacket,
  changes: Readonly<Record<number, Uint8Array>>,
): DhcpPacket {
  const entries = Object.entries(changes).map(([code, value]) => [Number(code), value] as const);
  return { ...packet, options: new Map([...packet.options, ...entries]) };
}

test('every type of message at both ports: of us, of another server, of nobody in particular', () => {
  const answers: Record<string, string> = {};
  for (const [name, value] of Object.entries(MESSAGE_TYPE)) {
    for (const [server, serverId] of [
      ['none', null],
      ['ours', Uint8Array.of(10, 0, 0, 1)],
      ['another', Uint8Array.of(10, 0, 0, 2)],
    ] as const) {
      const packet = withOptions(DISCOVER, {
        [OPTION.messageType]: Uint8Array.of(value),
        ...(serverId === null ? {} : { [OPTION.serverId]: serverId }),
      });
      for (const port of ['dhcp', 'boot-server'] as const) {
        const result = outcome(packet, port);
        if (result !== 'not addressed to us') answers[`${port} ${name} ${server}`] = result;
      }
    }
  }
  assert.deepEqual(answers, {
    'dhcp discover none': 'offer',
    'dhcp discover ours': 'offer',
    'dhcp request ours': 'ack',
    'boot-server request none': 'ack',
    'boot-server request ours': 'ack',
    'boot-server inform none': 'ack',
    'boot-server inform ours': 'ack',
  });
});

test('a request for an address is not acknowledged, even one that names us', () => {
  const request = pxeQuestion(ASKER, { type: 'request', xid: 1, serverId: '10.0.0.1' });
  const address = Uint8Array.of(10, 0, 0, 50);
  const packet = withOptions(request, { [OPTION.requestedAddress]: address });
  assert.equal(outcome(packet, 'dhcp'), 'not addressed to us');
});

test('what is ignored at both ports', () => {
  const noClass = new Map(DISCOVER.options);
  noClass.delete(OPTION.vendorClass);
  for (const [packet, why] of [
    [{ ...DISCOVER, op: 'reply' }, 'a reply'],
    [{ ...DISCOVER, htype: 6 }, 'not Ethernet'],
    [{ ...DISCOVER, chaddr: new Uint8Array(8) }, 'not Ethernet'],
    [{ ...DISCOVER, options: noClass }, 'not a network boot'],
    [{ ...DISCOVER, options: new Map() }, 'not a network boot'],
    [{ ...DISCOVER, giaddr: '10.9.0.1' }, 'relayed'],
  ] as const) {
    assert.equal(outcome(packet, 'dhcp'), why);
    assert.equal(outcome(packet, 'boot-server'), why);
  }
});
