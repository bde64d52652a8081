// DHCP requests as firmware sends them: broadcast from port 68, each with a MAC address that no
// machine has.
import { randomBytes, randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { DOCTOR_UUID } from '../../contract/doctor.ts';
import { type DhcpPacket, decodePacket, encodePacket } from '../../dhcp/packet.ts';
import { pxeQuestion } from '../../dhcp/question.ts';
import { bindBroadcaster, bindReceiver } from '../../shim/proxy-dhcp/sockets.ts';
import { closeSocket } from '../../shim/udp-socket.ts';

const CLIENT_PORT = 68;
const SERVER_PORT = 67;
/** Servers first check that the address they offer is free, which can take a second. */
const WAIT_MS = 4000;
/** Answers kept for each question; a network has a few servers. */
const MAX_OFFERS = 16;

/**
 * Asks on the networks of our addresses; returns the answers in the order of `archs`.
 * @throws the system's error if port 68 is unavailable
 */
export async function askDhcp(
  addresses: readonly string[],
  archs: readonly number[],
): Promise<DhcpPacket[][]> {
  const questions = archs.map((arch) => ({ arch, xid: randomInt(2 ** 32 - 1), mac: madeUpMac() }));
  const uuid = Buffer.from(DOCTOR_UUID, 'hex');
  const offers: DhcpPacket[][] = questions.map(() => []);
  const sockets: Socket[] = [];
  try {
    const receiver = await bindReceiver(CLIENT_PORT);
    sockets.push(receiver);
    receiver.on('error', () => {});
    receiver.on('message', (bytes) => {
      const packet = decodePacket(bytes);
      if (packet.kind !== 'dhcp' || packet.op !== 'reply') return;
      const list = offers[questions.findIndex(({ xid }) => xid === packet.xid)];
      if (list !== undefined && list.length < MAX_OFFERS) list.push(packet);
    });
    for (const address of addresses) {
      const sender = await bindBroadcaster(address, CLIENT_PORT, SERVER_PORT);
      sockets.push(sender.on('error', () => {}));
      for (const { arch, xid, mac } of questions) {
        const asker = { mac, arch, vendorClass: 'PXEClient', uuid } as const;
        sender.send(encodePacket(pxeQuestion(asker, { type: 'discover', xid })), () => {});
      }
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  } finally {
    await Promise.all(sockets.map(closeSocket));
  }
  return offers;
}

/** Locally administered, unicast. */
function madeUpMac(): Buffer {
  const mac = randomBytes(6);
  mac[0] = 0x02;
  return mac;
}
