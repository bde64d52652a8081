// The shared sockets of transfers, with real ones on loopback.
import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { bindSocket, closeSocket } from '../udp-socket.ts';
import type { Peer } from './events.ts';
import { encodeAck, encodeError } from './packet.ts';
import { answerStranger, type Seat, type Stranger, TransferPorts } from './transfer-ports.ts';

const HERE = '127.0.0.1';
const IN_TIME = { timeout: 10_000 };

async function openClient(t: TestContext): Promise<{ socket: Socket; peer: Peer }> {
  const socket = await bindSocket(HERE, 0);
  t.after(() => closeSocket(socket));
  return { socket, peer: { address: HERE, port: socket.address().port } };
}

/** The port that a seat sends from. */
async function portOf(seat: Seat, { socket }: { socket: Socket }): Promise<number> {
  const heard = once(socket, 'message');
  seat.send(encodeAck(0));
  const [, { port }] = await heard;
  return port;
}

function open() {
  const strangers: Stranger[] = [];
  const told = Promise.withResolvers<void>();
  const ports = new TransferPorts((stranger) => {
    strangers.push(stranger);
    told.resolve();
  });
  return { ports, strangers, told: told.promise };
}

const DEAF = { receive: () => {}, fail: () => {} };

test('transfers share a port; each hears its own client only', IN_TIME, async (t) => {
  const { ports } = open();
  const heard: string[] = [];
  const clients = [await openClient(t), await openClient(t)];
  const both = Promise.withResolvers<void>();
  const seats = await Promise.all(
    clients.map(({ peer }, n) =>
      ports.join(HERE, peer, {
        ...DEAF,
        receive: (bytes) => {
          heard.push(`${n}: ${String(bytes)}`);
          if (heard.length === 2) both.resolve();
        },
      }),
    ),
  );
  const [port, other] = await Promise.all(
    seats.map((seat, n) => portOf(seat, clients[n] ?? assert.fail())),
  );
  assert.equal(port, other);
  clients[0]?.socket.send('a', port ?? 0, HERE);
  clients[1]?.socket.send('b', port ?? 0, HERE);
  await both.promise;
  assert.deepEqual(heard.sort(), ['0: a', '1: b']);
  await Promise.all(seats.map((seat) => seat.leave()));
});

test('a client port is never served twice by one port', IN_TIME, async (t) => {
  const { ports } = open();
  const [client, other] = [await openClient(t), await openClient(t)];
  const keepsOpen = await ports.join(HERE, other.peer, DEAF);
  const first = await ports.join(HERE, client.peer, DEAF);
  const port = await portOf(first, client);
  await first.leave();
  const second = await ports.join(HERE, client.peer, DEAF);
  assert.notEqual(await portOf(second, client), port);
  assert.equal(await portOf(keepsOpen, other), port);
  await Promise.all([keepsOpen.leave(), second.leave()]);
});

test('a port serves 64 transfers, and is closed with the last of them', IN_TIME, async (t) => {
  const { ports } = open();
  const client = await openClient(t);
  const before = await sockets();
  const peer = (n: number) => ({ address: '127.0.0.9', port: 1000 + n });
  const seats: Seat[] = [];
  t.after(() => Promise.all(seats.map((seat) => seat.leave())));
  for (let n = 0; n < 64; n += 1) seats.push(await ports.join(HERE, peer(n), DEAF));
  assert.equal(await sockets(), before + 1);
  const next = await ports.join(HERE, client.peer, DEAF);
  assert.equal(await sockets(), before + 2);
  await Promise.all(seats.splice(0).map((seat) => seat.leave()));
  assert.equal(await sockets(), before + 1);
  await next.leave();
  assert.equal(await sockets(), before);
});

/** Open sockets; Node.js releases a closed one at the end of the event loop's turn. */
async function sockets(): Promise<number> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  return process.getActiveResourcesInfo().filter((what) => what === 'UDPWrap').length;
}

test('an address that is not local: refused, and tried again the next time', async () => {
  const { ports } = open();
  const peer = { address: HERE, port: 1000 };
  await assert.rejects(ports.join('192.0.2.1', peer, DEAF), { code: 'EADDRNOTAVAIL' });
  await assert.rejects(ports.join('192.0.2.1', peer, DEAF), { code: 'EADDRNOTAVAIL' });
});

test('former clients are recognised', IN_TIME, async (t) => {
  const { ports, strangers, told } = open();
  const [client, other] = [await openClient(t), await openClient(t)];
  const keepsOpen = await ports.join(HERE, other.peer, DEAF);
  const seat = await ports.join(HERE, client.peer, DEAF);
  const port = await portOf(seat, client);
  await seat.leave();
  client.socket.send(encodeAck(7), port, HERE);
  await told;
  assert.deepEqual(
    strangers.map(({ isFormer, sender }) => [isFormer, sender.port]),
    [[true, client.peer.port]],
  );
  await keepsOpen.leave();
});

test('error 5 for strangers; nothing for errors, garbage, former clients and those over the limit', () => {
  const sender = { address: HERE, port: 9 };
  const answers = (bytes: Uint8Array, isFormer = false, mayAnswer = true, port = 9): number => {
    let count = 0;
    const answer = () => {
      count += 1;
    };
    const stranger = { bytes, sender: { ...sender, port }, isFormer, answer };
    answerStranger(
      stranger,
      () => {},
      () => mayAnswer,
    );
    return count;
  };
  assert.equal(answers(encodeAck(1)), 1);
  assert.equal(answers(encodeError(0, 'x')), 0);
  assert.equal(answers(Buffer.of(1)), 0);
  assert.equal(answers(encodeAck(1), true), 0);
  assert.equal(answers(encodeAck(1), false, false), 0);
  assert.equal(answers(encodeAck(1), false, true, 0), 0);
});
