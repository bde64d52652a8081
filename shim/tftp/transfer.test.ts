// One transfer, packet by packet, with a clock that only the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from './deadline.ts';
import { decodePacket, encodeData, type Option, type Packet } from './packet.ts';
import { pattern } from './server.trial.ts';
import { type Outcome, type Source, Transfer } from './transfer.ts';

/** Time that passes only by `advance`. */
class HandClock implements Clock {
  #now = 0;
  readonly timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }
}

interface Bench {
  readonly transfer: Transfer;
  readonly clock: HandClock;
  readonly outcomes: Outcome[];
  /** What was sent since the last call, abbreviated: `oack`, `3` for block 3. */
  sent(): string;
  ack(block: number): void;
}

interface Given {
  readonly size?: number;
  readonly windowsize?: number;
  readonly granted?: readonly Option[];
  readonly timeoutMs?: number | null;
  readonly source?: Source;
}

const BLKSIZE = 8;
const GRANTED = [{ name: 'tsize', value: '0' }];

function memorySource(bytes: Uint8Array): Source {
  return { packet: (block) => packetOf(bytes, block) };
}

function packetOf(bytes: Uint8Array, block: number): Uint8Array {
  return encodeData(block, bytes.subarray((block - 1) * BLKSIZE, block * BLKSIZE));
}

function begin({
  size = 100,
  windowsize = 1,
  granted = [],
  timeoutMs = null,
  source,
}: Given = {}): Bench {
  const clock = new HandClock();
  const outcomes: Outcome[] = [];
  const packets: string[] = [];
  const transfer = new Transfer({
    source: source ?? memorySource(pattern(size)),
    terms: { blksize: BLKSIZE, windowsize, timeoutMs, granted },
    connection: { send: (bytes) => packets.push(briefly(bytes)) },
    clock,
    retries: { handshake: 3, established: 7 },
    onEnd: (outcome) => outcomes.push(outcome),
  });
  transfer.start();
  return {
    transfer,
    clock,
    outcomes,
    sent: () => packets.splice(0).join(' '),
    ack: (block) => transfer.receive({ kind: 'ack', block }),
  };
}

function briefly(bytes: Uint8Array): string {
  const packet = decodePacket(bytes);
  return packet.kind === 'data' ? String(packet.block) : packet.kind;
}

test('lock-step: a block, its ACK, the next; the short block ends it', () => {
  const { ack, sent, outcomes, clock } = begin({ size: 20 });
  assert.equal(sent(), '1');
  ack(1);
  ack(2);
  assert.equal(sent(), '2 3');
  ack(3);
  assert.deepEqual(outcomes, [{ kind: 'complete' }]);
  assert.equal(clock.timers.size, 0);
});

test('a file of whole blocks ends with an empty one, an empty file is one', () => {
  const whole = begin({ size: 16 });
  whole.ack(1);
  whole.ack(2);
  assert.equal(whole.sent(), '1 2 3');
  assert.deepEqual(whole.outcomes, []);
  whole.ack(3);
  assert.equal(whole.outcomes.length, 1);
  const empty = begin({ size: 0 });
  empty.ack(1);
  assert.deepEqual([empty.sent(), empty.outcomes.length], ['1', 1]);
});

test('options: nothing but the OACK until block 0 is acknowledged', () => {
  const { ack, sent } = begin({ granted: GRANTED });
  ack(1);
  ack(0xffff);
  assert.equal(sent(), 'oack');
  ack(0);
  assert.equal(sent(), '1');
});

test('a client that wanted the options only', () => {
  const { transfer, outcomes, clock } = begin({ granted: GRANTED });
  transfer.receive({ kind: 'error', code: 8, message: 'User aborted' });
  assert.deepEqual(outcomes, [{ kind: 'probed' }]);
  assert.equal(clock.timers.size, 0);
});

test('an ERROR in the middle aborts; a storm of them changes nothing more', () => {
  const { transfer, outcomes, sent, ack } = begin();
  ack(1);
  sent();
  const error: Packet = { kind: 'error', code: 3, message: 'full' };
  for (let n = 0; n < 100; n += 1) transfer.receive(error);
  ack(2);
  assert.deepEqual(outcomes, [{ kind: 'aborted', code: 3, message: 'full' }]);
  assert.equal(sent(), '');
});

test("lock-step: repeated ACKs send nothing (the Sorcerer's Apprentice)", () => {
  const { ack, sent } = begin();
  ack(1);
  for (let n = 0; n < 5; n += 1) ack(1);
  assert.equal(sent(), '1 2');
});

test('ACKs of future and past blocks are ignored', () => {
  const { ack, sent, outcomes } = begin();
  for (let block = 1; block <= 5; block += 1) ack(block);
  sent();
  for (const block of [7, 8, 1000, 40_000, 0xffff, 0, 1, 4]) ack(block);
  assert.equal(sent(), '');
  assert.deepEqual(outcomes, []);
  ack(6);
  assert.equal(sent(), '7');
});

test('packets that a client must not send are ignored', () => {
  const { transfer, sent, outcomes, ack } = begin();
  transfer.receive({ kind: 'data', block: 1, data: new Uint8Array(3) });
  transfer.receive({ kind: 'oack', options: [] });
  transfer.receive({ kind: 'rrq', filename: 'x', mode: 'octet', options: [] });
  ack(1);
  assert.deepEqual([sent(), outcomes], ['1 2', []]);
});

test('window: a full window per ACK, the rest at the end', () => {
  const { ack, sent, outcomes } = begin({ size: 50, windowsize: 3 });
  assert.equal(sent(), '1 2 3');
  ack(3);
  assert.equal(sent(), '4 5 6');
  ack(6);
  assert.equal(sent(), '7');
  ack(7);
  assert.deepEqual(outcomes, [{ kind: 'complete' }]);
});

test('window: an ACK inside it resends from the next block (RFC 7440)', () => {
  const { ack, sent } = begin({ windowsize: 4 });
  ack(2);
  assert.equal(sent(), '1 2 3 4 3 4 5 6');
});

test('window: a lost first block, shown by a repeated ACK', () => {
  const { ack, sent } = begin({ windowsize: 4 });
  ack(4);
  ack(4);
  assert.equal(sent(), '1 2 3 4 5 6 7 8 5 6 7 8');
});

test('window: one ACK per stray block does not multiply the window', () => {
  const { ack, sent } = begin({ windowsize: 4 });
  ack(2); // blocks 4 to 6 come without 3: three ACKs of 2
  sent();
  for (let n = 0; n < 10; n += 1) ack(2);
  assert.equal(sent(), '');
  ack(6);
  assert.equal(sent(), '7 8 9 10');
  for (let n = 0; n < 10; n += 1) ack(6); // 7 may be lost, and is sent again, but once
  assert.equal(sent(), '7 8 9 10');
  ack(10);
  assert.equal(sent(), '11 12 13');
});

test('window: an ACK beyond what was sent again is believed', () => {
  const { ack, sent } = begin({ windowsize: 4, size: 200 });
  ack(1);
  ack(4);
  assert.equal(sent(), '1 2 3 4 2 3 4 5 5 6 7 8');
});

test('the OACK is resent after 1, 2, 4 s, then the transfer ends', () => {
  const { clock, sent, outcomes } = begin({ granted: GRANTED, timeoutMs: 255_000 });
  sent();
  for (const second of [1, 2, 4]) {
    clock.advance(second * 1000 - 1);
    assert.equal(sent(), '');
    clock.advance(1);
    assert.equal(sent(), 'oack');
  }
  clock.advance(8000);
  assert.deepEqual([sent(), outcomes], ['', [{ kind: 'timeout' }]]);
  assert.equal(clock.timers.size, 0);
});

test('a client that never answers costs at most four packets, whatever it asks for', () => {
  const plain = begin({ windowsize: 1 });
  plain.clock.advance(3_600_000);
  assert.equal(plain.sent(), '1 1 1 1');
  const greedy = begin({ windowsize: 64, granted: GRANTED, timeoutMs: 1000 });
  greedy.clock.advance(3_600_000);
  assert.equal(greedy.sent(), 'oack oack oack oack');
});

test('a measured round trip shortens the wait, and the wait doubles', () => {
  const { clock, ack, sent } = begin({ size: 1000 });
  for (let block = 1; block <= 20; block += 1) {
    clock.advance(2);
    ack(block);
  }
  sent();
  clock.advance(249);
  assert.equal(sent(), '');
  clock.advance(1);
  assert.equal(sent(), '21');
  clock.advance(500);
  assert.equal(sent(), '21');
  clock.advance(999);
  assert.equal(sent(), '');
});

test('the round trip is known from the first answer on', () => {
  const { transfer, clock, ack } = begin({ size: 1000 });
  assert.equal(transfer.roundTripMs, null);
  clock.advance(2);
  ack(1);
  assert.equal(transfer.roundTripMs, 2);
});

test('a slow path lengthens the timeout', () => {
  const { clock, ack, sent } = begin({ size: 1000 });
  for (let block = 1; block <= 20; block += 1) {
    clock.advance(900);
    ack(block);
  }
  sent();
  clock.advance(900);
  assert.equal(sent(), '');
});

test('an ACK of a block sent twice says nothing about the round trip (Karn)', () => {
  const { clock, ack, sent } = begin({ size: 1000 });
  clock.advance(1000); // block 1 again
  clock.advance(1);
  ack(1);
  sent();
  clock.advance(999);
  assert.equal(sent(), '');
  clock.advance(1);
  assert.equal(sent(), '2');
});

test("the client's own timeout holds after its first ACK, without doubling", () => {
  const { clock, ack, sent, outcomes } = begin({ granted: GRANTED, timeoutMs: 3000 });
  ack(0);
  sent();
  for (let n = 0; n < 7; n += 1) {
    clock.advance(2999);
    assert.equal(sent(), '');
    clock.advance(1);
    assert.equal(sent(), '1');
  }
  clock.advance(3000);
  assert.deepEqual(outcomes, [{ kind: 'timeout' }]);
});

test('a timeout sends the window again from the last ACK', () => {
  const { clock, ack, sent } = begin({ windowsize: 3 });
  ack(3);
  sent();
  clock.advance(8000);
  assert.match(sent(), /^4 5 6( 4 5 6)*$/);
});

test('a request repeated before the first ACK gets the first packet again, later nothing', () => {
  const { transfer, ack, sent } = begin({ granted: GRANTED });
  transfer.repeatStart();
  assert.equal(sent(), 'oack oack');
  ack(0);
  transfer.repeatStart();
  assert.equal(sent(), '1');
});

test('block numbers wrap to 0, with windows too', () => {
  for (const windowsize of [1, 7, 64]) {
    const blocks = 70_000;
    const { ack, sent, outcomes } = begin({ size: blocks * BLKSIZE - 1, windowsize });
    let acked = 0;
    while (acked < blocks) {
      const last = Number(sent().split(' ').at(-1));
      acked += (last - acked) & 0xffff;
      assert.equal(last, acked & 0xffff);
      ack(last);
    }
    assert.deepEqual(outcomes, [{ kind: 'complete' }]);
  }
});

test('bytes that must be read first: one read at a time, a lost race is harmless', async () => {
  const bytes = pattern(40);
  const reads: (() => void)[] = [];
  const source: Source = {
    packet: (block) =>
      new Promise((resolve) => {
        reads.push(() => resolve(packetOf(bytes, block)));
      }),
  };
  const { clock, sent } = begin({ windowsize: 2, source });
  assert.equal(reads.length, 1);
  clock.advance(1000); // the timer fires with nothing read yet
  assert.deepEqual([sent(), reads.length], ['', 1]);
  reads[0]?.();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(sent(), '1');
  assert.equal(reads.length, 2);
});

test('a source that fails ends it with its reason', async () => {
  const error = new Error('disk');
  const { outcomes, clock } = begin({ source: { packet: () => Promise.reject(error) } });
  await new Promise(setImmediate);
  assert.deepEqual(outcomes, [{ kind: 'failed', error }]);
  assert.equal(clock.timers.size, 0);
});

test('over any network that loses, doubles and reorders, the client gets the file', () => {
  const sizes = fc.integer({ min: 0, max: 300 });
  const windows = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(sizes, windows, fc.infiniteStream(fc.nat({ max: 9 })), (size, windowsize, dice) => {
      assert.deepEqual(overBadNetwork(size, windowsize, dice), pattern(size));
    }),
    { numRuns: 300 },
  );
});

/** An RFC 7440 client behind a network that randomly loses, doubles and reorders packets. */
function overBadNetwork(size: number, windowsize: number, dice: Iterator<number>): Buffer {
  const clock = new HandClock();
  let inTransit: Buffer[] = [];
  const outcomes: Outcome[] = [];
  const throwDice = () => Number(dice.next().value);
  const transfer = new Transfer({
    source: memorySource(pattern(size)),
    terms: { blksize: BLKSIZE, windowsize, timeoutMs: null, granted: [] },
    connection: {
      send: (bytes) => {
        const copies = [0, 2][throwDice()] ?? 1;
        for (let n = 0; n < copies; n += 1) inTransit.push(Buffer.from(bytes));
      },
    },
    clock,
    retries: { handshake: 1000, established: 1000 },
    onEnd: (outcome) => outcomes.push(outcome),
  });
  transfer.start();
  const got: Uint8Array[] = [];
  let sinceAck = 0;
  while (outcomes.length === 0) {
    if (inTransit.length === 0) clock.advance(8000);
    const batch = throwDice() === 0 ? inTransit.reverse() : inTransit;
    inTransit = [];
    for (const bytes of batch) {
      const packet = decodePacket(bytes);
      if (packet.kind !== 'data') throw new Error(packet.kind);
      const inOrder = packet.block === got.length + 1;
      if (inOrder) got.push(packet.data);
      sinceAck = inOrder ? sinceAck + 1 : windowsize;
      const due = sinceAck >= windowsize || packet.data.length < BLKSIZE;
      if (due) sinceAck = 0;
      if (due && throwDice() !== 0) transfer.receive({ kind: 'ack', block: got.length });
    }
  }
  assert.deepEqual(outcomes, [{ kind: 'complete' }]);
  return Buffer.concat(got);
}
