// Each limit of the server is reached and holds.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RequestRate } from '../request-rate.ts';
import { strangerAt } from '../sources.ts';
import type { TftpEvent } from './events.ts';
import { boundedLog } from './log-rate.ts';
import { encodeAck, encodeRequest } from './packet.ts';
import { RawClient } from './raw-client.trial.ts';
import { pattern, trial } from './server.trial.ts';

const IN_TIME = { timeout: 20_000 };
const A = { a: pattern(5000) };

/** Asks from its own address and acknowledges block 1: from then on it is known to be real. */
async function heardClient(t: TestContext, port: number, address: string): Promise<RawClient> {
  const client = await RawClient.open(t, port, address);
  client.ask('a');
  await client.follow();
  client.send(encodeAck(1));
  await client.next();
  return client;
}

test('transfers per address', IN_TIME, async (t) => {
  const { port } = await trial(t, A, {
    limits: { transfersPerAddress: 2, refusal: 'error' },
  });
  for (let n = 0; n < 2; n += 1) await heardClient(t, port, '127.0.0.1');
  const third = await RawClient.open(t, port, '127.0.0.1');
  third.ask('a');
  const { packet } = await third.next();
  assert.equal(packet.kind === 'error' && packet.code, 3);
  await heardClient(t, port, '127.0.0.2');
});

test('transfers in all: those that were heard keep their place', IN_TIME, async (t) => {
  const { port, event } = await trial(t, A, {
    limits: { transfers: 2, transfersKept: 0, unheardMs: 500 },
  });
  await heardClient(t, port, '127.0.0.1');
  await heardClient(t, port, '127.0.0.2');
  const third = await RawClient.open(t, port, '127.0.0.3');
  third.ask('a');
  const dropped = await event(({ kind }) => kind === 'dropped');
  assert.deepEqual(dropped.kind === 'dropped' && dropped.counts, {
    'over the transfer limit': 1,
  });
});

test(
  'transfers in all: one that nobody acknowledges gives way after a moment',
  IN_TIME,
  async (t) => {
    const { port, server, event } = await trial(t, A, {
      limits: { transfers: 2, transfersKept: 0, unheardMs: 500 },
    });
    await heardClient(t, port, '127.0.0.1');
    const silent = await RawClient.open(t, port, '127.0.0.2');
    silent.ask('a');
    await silent.next();
    const third = await RawClient.open(t, port, '127.0.0.3');
    third.ask('a');
    await event(({ kind }) => kind === 'dropped');
    // It retries, as firmware does, until there is room.
    const asking = setInterval(() => third.ask('a'), 50);
    t.after(() => clearInterval(asking));
    const first = await third.next();
    clearInterval(asking);
    third.port = first.from.port;
    assert.deepEqual(await third.takeAll(first.packet), A.a);
    const gone = await event(
      (one) => one.kind === 'transfer' && one.client.address === '127.0.0.2',
    );
    assert.equal(gone.kind === 'transfer' && gone.reason, 'dropped in favour of a newer request');
    assert.ok(server.transfers <= 2);
  },
);

/** Sends requests from as many ports of an address, and never answers what it gets. */
async function forge(t: TestContext, port: number, address: string, requests: number) {
  const forgers: RawClient[] = [];
  for (let n = 0; n < requests; n += 1) {
    const forger = await RawClient.open(t, port, address);
    forger.ask('a');
    await forger.next();
    forgers.push(forger);
  }
  return forgers;
}

/** Asks until there is an answer, as firmware does, and takes the whole file. */
async function fetchPersistently(t: TestContext, port: number, address: string): Promise<Buffer> {
  const client = await RawClient.open(t, port, address);
  client.ask('a');
  const asking = setInterval(() => client.ask('a'), 50);
  t.after(() => clearInterval(asking));
  const { packet, from } = await client.next();
  clearInterval(asking);
  client.port = from.port;
  return client.takeAll(packet);
}

test('forged requests in its name do not keep a machine from its own', IN_TIME, async (t) => {
  const { port, event, events } = await trial(t, A);
  await forge(t, port, '127.0.0.9', 32);
  assert.deepEqual(await fetchPersistently(t, port, '127.0.0.9'), A.a);
  const first = await event(({ kind }) => kind === 'transfer');
  assert.equal(first.kind === 'transfer' && first.reason, 'dropped in favour of a newer request');
  assert.ok(events.every((one) => one.kind !== 'transfer' || one.outcome !== 'timeout'));
});

test(
  'a new request from the same port takes the place of the one before it',
  IN_TIME,
  async (t) => {
    const limits = { transfersPerAddress: 1, unheardMs: 60_000, refusal: 'error' } as const;
    const { port } = await trial(t, { ...A, b: 'other' }, { limits });
    const client = await RawClient.open(t, port, '127.0.0.9');
    client.ask('a');
    await client.next();
    client.ask('b');
    const { packet } = await client.next();
    assert.equal(packet.kind === 'data' && Buffer.from(packet.data).toString(), 'other');
  },
);

test('a forged request from the port of a running transfer does not end it', IN_TIME, async (t) => {
  const { port, event, events } = await trial(t, { ...A, b: 'other' });
  const client = await heardClient(t, port, '127.0.0.9');
  client.send(encodeRequest({ kind: 'rrq', filename: 'b', mode: 'octet', options: [] }), port);
  await event(({ kind }) => kind === 'dropped');
  client.send(encodeAck(2));
  const { packet } = await client.next();
  assert.equal(packet.kind === 'data' && packet.block, 3);
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'transfer'),
    [],
  );
});

test('one machine has the transfers of one, whatever its addresses', IN_TIME, async (t) => {
  const holderOf = async (address = '') =>
    address === '127.0.0.9' ? strangerAt(address) : { source: 'machine', isKept: false };
  const limits = { transfersPerAddress: 2 };
  const { port, event } = await trial(t, A, { limits, holderOf });
  await heardClient(t, port, '127.0.0.2');
  await heardClient(t, port, '127.0.0.3');
  const third = await RawClient.open(t, port, '127.0.0.4');
  third.ask('a');
  await third.follow();
  third.send(encodeAck(1));
  const end = await event(({ kind }) => kind === 'transfer');
  assert.equal(end.kind === 'transfer' && end.reason, 'this machine has too many transfers');
  await heardClient(t, port, '127.0.0.9');
});

test('when strangers have all their transfers, a node still gets its own', IN_TIME, async (t) => {
  const holderOf = async (address = '') => ({ source: address, isKept: address === '127.0.0.9' });
  const limits = { transfers: 3, transfersKept: 1 };
  const { port, event } = await trial(t, A, { limits, holderOf });
  await heardClient(t, port, '127.0.0.2');
  await heardClient(t, port, '127.0.0.3');
  const stranger = await RawClient.open(t, port, '127.0.0.4');
  stranger.ask('a');
  await event(({ kind }) => kind === 'dropped');
  await heardClient(t, port, '127.0.0.9');
});

test(
  'however many strangers are turned away, the kernel is asked only so often',
  IN_TIME,
  async (t) => {
    let asked = 0;
    const holderOf = async (address = '') => {
      asked += 1;
      return strangerAt(address);
    };
    const limits = { transfers: 1, transfersKept: 0, refusal: 'error' } as const;
    const { port } = await trial(t, A, { limits, holderOf });
    await heardClient(t, port, '127.0.0.2');
    const since = performance.now();
    for (let n = 0; n < 4; n += 1) {
      const stranger = await RawClient.open(t, port, '127.0.0.3');
      for (let request = 0; request < 100; request += 1) {
        stranger.ask('a');
        await stranger.next();
      }
    }
    const most = 200 + 50 * ((performance.now() - since) / 1000) + 2;
    assert.ok(asked > 200 && asked <= most, `${asked} times`);
  },
);

test('requests per second from one port, whatever they ask', IN_TIME, async (t) => {
  const { port, event } = await trial(t, A, { limits: { requestsPerSecond: 1 } });
  const client = await RawClient.open(t, port);
  for (let n = 0; n < 4; n += 1) {
    client.ask('absent');
    await client.next();
  }
  client.ask('absent');
  const dropped = await event(({ kind }) => kind === 'dropped');
  assert.deepEqual(dropped.kind === 'dropped' && dropped.counts, { 'over the rate limit': 1 });
  const other = await RawClient.open(t, port);
  other.ask('absent');
  await other.next();
});

test('requests per second from one address, whatever its port', IN_TIME, async (t) => {
  const { port, event } = await trial(t, A, { limits: { requestsPerSecondFromAddress: 1 } });
  await forge(t, port, '127.0.0.9', 4);
  const fifth = await RawClient.open(t, port, '127.0.0.9');
  fifth.ask('a');
  const dropped = await event(({ kind }) => kind === 'dropped');
  assert.deepEqual(dropped.kind === 'dropped' && dropped.counts, { 'over the rate limit': 1 });
  await heardClient(t, port, '127.0.0.8');
});

test('lifetime: a slow-drip client is notified and dropped', IN_TIME, async (t) => {
  const { port, event } = await trial(t, A, { limits: { lifetimeMs: 200 } });
  const client = await heardClient(t, port, '127.0.0.1');
  const { packet } = await client.next();
  assert.deepEqual(packet, { kind: 'error', code: 0, message: 'it took too long' });
  const end = await event(({ kind }) => kind === 'transfer');
  assert.equal(end.kind === 'transfer' && end.outcome, 'failed');
});

test('a bucket refills with time, addresses do not share it, and all share one more', () => {
  const rate = new RequestRate(1, 2);
  const asked = (address: string, now: number, times: number) =>
    Array.from({ length: times }, () => rate.admits(address, now)).filter(Boolean).length;
  assert.equal(asked('a', 0, 10), 4);
  assert.equal(asked('b', 0, 10), 4);
  assert.equal(asked('c', 0, 10), 0);
  assert.equal(asked('a', 1000, 10), 1);
  assert.equal(asked('b', 1000, 10), 1);
  assert.equal(asked('a', 1_000_000, 10), 4);
});

test('thousands of forged addresses do not make the table grow', () => {
  const rate = new RequestRate(1, 1e9);
  for (let n = 0; n < 10_000; n += 1) rate.admits(`10.0.${n >> 8}.${n & 255}`, n);
  assert.equal(rate.addresses, 4096);
});

test('the log: forged requests cannot flood it, real transfers are always in it', () => {
  const lines: TftpEvent[] = [];
  let dropped = 0;
  const log = boundedLog(
    (event) => lines.push(event),
    () => {
      dropped += 1;
    },
    () => 0,
  );
  const client = { address: '10.0.0.1', port: 1 };
  const about = { client, server: '10.0.0.2', file: 'a' };
  for (let n = 0; n < 1000; n += 1) log({ kind: 'refused', ...about, code: 1, reason: 'x' });
  assert.ok(lines.length < 100);
  assert.equal(lines.length + dropped, 1000);
  const before = lines.length;
  const rest = { size: 1, blksize: 512, windowsize: 1, milliseconds: 1, retransmissions: 0 };
  log({ kind: 'transfer', outcome: 'complete', ...about, ...rest });
  assert.equal(lines.length, before + 1);
});

test('dropped datagrams: the first is logged at once, the rest as one sum', IN_TIME, async (t) => {
  const { port, server, events, event } = await trial(t, A);
  const client = await RawClient.open(t, port);
  for (let n = 0; n < 50; n += 1) client.send(Buffer.of(0));
  await event(({ kind }) => kind === 'dropped');
  client.ask('absent'); // Answered, so the fifty before it have been seen.
  await client.next();
  await delay(0);
  await server.close();
  const counts = events.flatMap((one) => (one.kind === 'dropped' ? [one.counts] : []));
  assert.deepEqual(counts, [{ 'not a request': 1 }, { 'not a request': 49 }]);
});
