// For tests of the server under attack: what attackers send, and that nothing of it is left behind.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { encodeAck, encodeData, encodeError, encodeRequest } from './packet.ts';
import { RawClient } from './raw-client.trial.ts';
import { pattern, type Trial, trial } from './server.trial.ts';

/** The file `a`. */
export const CONTENT = pattern(9000);

/** Wide enough for a fuzzer's requests. */
export const WIDE = {
  requestsPerSecond: 1e9,
  requestsPerSecondFromAddress: 1e9,
  requestsPerSecondInAll: 1e9,
  transfersPerAddress: 1000,
};

export function request(
  filename: string,
  options: Readonly<Record<string, string>> = {},
  mode = 'octet',
) {
  const list = Object.entries(options).map(([name, value]) => ({ name, value }));
  return encodeRequest({ kind: 'rrq', filename, mode, options: list });
}

/** Closes the server and checks that it left nothing open. */
export async function assertNothingLeft(
  { server, opened }: Trial,
  before: string[],
): Promise<void> {
  await server.close();
  assert.deepEqual([server.transfers, opened.size, await resources()], [0, 0, before]);
}

/** Node.js releases a closed socket at the end of the event loop's turn. */
export async function resources(): Promise<string[]> {
  await setImmediate();
  await setImmediate();
  return process
    .getActiveResourcesInfo()
    .filter((what) => what === 'UDPWrap' || what === 'Timeout');
}

/** A small random number generator (mulberry32), so that a seed reproduces the same datagrams. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A datagram that is valid, or was until a few of its bytes were changed or cut. */
function randomDatagram(random: (below: number) => number): Uint8Array {
  const options = { blksize: String(random(70_000)), windowsize: String(random(70)), tsize: '0' };
  const whole = [
    () => request('a', options),
    () => request('a'),
    () => request('absent', { timeout: String(random(300)) }, 'netascii'),
    () => encodeAck(random(30)),
    () => encodeAck(random(65_536)),
    () => encodeError(random(10), 'x'.repeat(random(50))),
    () => encodeData(random(65_536), Buffer.alloc(random(600))),
    () => Buffer.from(Array.from({ length: random(64) }, () => random(256))),
  ][random(8)]?.();
  const bytes = Buffer.from(whole ?? []);
  for (let changes = random(3) && random(4); changes > 0 && bytes.length > 0; changes -= 1) {
    bytes[random(bytes.length)] = random(256);
  }
  return bytes.subarray(0, random(8) === 0 ? random(bytes.length + 1) : bytes.length);
}

/** Sends this many random datagrams while a good client fetches its file. */
export async function sendRandom(t: TestContext, datagrams: number): Promise<void> {
  const seed = Number(process.env.HOMEPBP_FUZZ_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`HOMEPBP_FUZZ_SEED=${seed}`);
  const random = randomFrom(seed);
  const before = await resources();
  const running = await trial(t, { a: CONTENT }, { limits: WIDE });
  const attackers = await Promise.all(
    Array.from({ length: 8 }, () => RawClient.open(t, running.port)),
  );
  const good = await RawClient.open(t, running.port);
  for (let sent = 0; sent < datagrams; ) {
    good.port = running.port;
    good.ask('a');
    const first = await good.follow();
    for (let n = 0; n < 200; n += 1, sent += 1) {
      const attacker = attackers[random(attackers.length)] ?? good;
      const live = attacker.drain().at(-1)?.from.port ?? running.port;
      const target = [running.port, live, live, good.port][random(4)] ?? live;
      attacker.send(randomDatagram(random), target);
      if (n % 20 === 0) await setImmediate();
    }
    assert.ok((await good.takeAll(first)).equals(CONTENT));
  }
  await Promise.all([good, ...attackers].map((client) => client.close()));
  await assertNothingLeft(running, before);
  const counts = running.events.flatMap((one) => (one.kind === 'dropped' ? [one.counts] : []));
  const dropped = counts.flatMap((one) => Object.values(one)).reduce((sum, n) => sum + n, 0);
  t.diagnostic(`${dropped} dropped: ${JSON.stringify(counts)}`);
  assert.ok(dropped > datagrams / 10, 'most of them were seen by the server');
}
