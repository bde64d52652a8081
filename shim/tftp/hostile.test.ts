// What attackers and broken firmware send: nothing crashes, nothing leaks, and a good client still gets
// its file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import {
  assertNothingLeft,
  CONTENT,
  request,
  resources,
  sendRandom,
  WIDE,
} from './hostile.trial.ts';
import { encodeAck, encodeData, encodeError, encodeOack, encodeRequest } from './packet.ts';
import { RawClient } from './raw-client.trial.ts';
import { pattern, type Trial, trial } from './server.trial.ts';

const IN_TIME = { timeout: 20_000 };

/** A whole transfer, to show that the server still works. */
async function goodTransfer(t: TestContext, { port }: Trial): Promise<void> {
  const client = await RawClient.open(t, port);
  client.ask('a');
  assert.ok((await client.takeAll(await client.follow())).equals(CONTENT));
  await client.close();
}

const named: Readonly<Record<string, Uint8Array>> = {
  'no byte': Buffer.alloc(0),
  'one byte': Buffer.of(0),
  'an unterminated file name': Buffer.from('\0\x01aaaa'),
  'an unterminated mode': Buffer.from('\0\x01a\0octet'),
  'an unterminated option': Buffer.from('\0\x01a\0octet\0blksize\x00512'),
  '64 KB of options': Buffer.from(`\0\x01a\0octet\0${'blksize\x001468\0'.repeat(4600)}`),
  'options twice': Buffer.from('\0\x01a\0octet\0tsize\x000\0tsize\x000\0'),
  'a file name of NULs': Buffer.concat([Buffer.of(0, 1), Buffer.alloc(100)]),
  'a file name without end': request('a'.repeat(60_000)),
  'a write request': encodeRequest({ kind: 'wrq', filename: 'a', mode: 'octet', options: [] }),
  'an ACK to the request port': encodeAck(1),
  'DATA to the request port': encodeData(1, Buffer.alloc(512)),
  'an ERROR to the request port': encodeError(1, 'x'),
  'an OACK to the request port': encodeOack([{ name: 'blksize', value: '512' }]),
  'an unknown opcode': Buffer.from('\0\xffa\0octet\0', 'latin1'),
};
for (const [what, bytes] of Object.entries(named)) {
  test(`request port: ${what} starts nothing`, IN_TIME, async (t) => {
    const running = await trial(t, { a: CONTENT });
    const client = await RawClient.open(t, running.port);
    client.send(bytes);
    await goodTransfer(t, running);
    await running.server.close();
    assert.equal(running.events.filter(({ kind }) => kind === 'transfer').length, 1);
  });
}

const strange: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'blksize 0': { blksize: '0' },
  'blksize beyond all': { blksize: '9'.repeat(300) },
  'windowsize 0': { windowsize: '0' },
  'huge numbers': {
    windowsize: '65536',
    timeout: '256',
    tsize: '18446744073709551616',
    blksize: '1e9',
  },
  'a negative timeout': { timeout: '-1' },
  'a prototype': { __proto__x: '1', constructor: '1', toString: '1' },
};
for (const [what, options] of Object.entries(strange)) {
  test(`options: ${what} is as if it were not there`, IN_TIME, async (t) => {
    const running = await trial(t, { a: CONTENT });
    const client = await RawClient.open(t, running.port);
    client.send(request('a', options));
    assert.ok((await client.takeAll(await client.follow())).equals(CONTENT));
  });
}

const outside: readonly string[] = [
  '../secret',
  '..\\secret',
  '/../secret',
  'folder/../../secret',
  '%2e%2e/secret',
  '..%2fsecret',
  '.%00./secret',
  '/etc/passwd',
  'C:\\secret',
  'tftp://host/../secret',
  'link-out',
  'link-up/secret',
  'fifo',
  'folder',
  'folder/',
  '/dev/zero',
  'null',
  'zero',
  '.hidden',
  'a/b',
  '~/secret',
  '//etc//passwd',
];
test('no name leads out of the root, to a folder, a FIFO or a device', IN_TIME, async (t) => {
  const running = await trial(t, { a: CONTENT, '.hidden': 'secret' }, { limits: WIDE });
  const { folder, port } = running;
  const aside = await trial(t, { secret: 'secret' });
  await mkdir(join(folder, 'folder'));
  await symlink(join(aside.folder, 'secret'), join(folder, 'link-out'));
  await symlink(aside.folder, join(folder, 'link-up'));
  await symlink('/dev/null', join(folder, 'null'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  if (process.getuid?.() === 0) execFileSync('mknod', [join(folder, 'zero'), 'c', '1', '5']);
  for (const name of outside) {
    const client = await RawClient.open(t, port);
    client.ask(name);
    const { packet } = await client.next();
    const code = packet.kind === 'error' ? packet.code : packet.kind;
    assert.ok(code === 1 || code === 2, `${name}: ${code}`);
    await client.close();
  }
  assert.equal(running.opened.size, 0);
});

test('a file that may not be read is error 2, without its path', IN_TIME, async (t) => {
  const running = await trial(
    t,
    {},
    {
      files: {
        open: () => Promise.reject(Object.assign(new Error('EACCES /root/a'), { code: 'EACCES' })),
      },
    },
  );
  const client = await RawClient.open(t, running.port);
  client.ask('a');
  const { packet } = await client.next();
  assert.deepEqual(packet, { kind: 'error', code: 2, message: 'the file cannot be read' });
});

test(
  'transfer port: rubbish, wrong ACKs and a storm of ERRORs from strangers',
  IN_TIME,
  async (t) => {
    const running = await trial(t, { a: CONTENT }, { limits: WIDE });
    const client = await RawClient.open(t, running.port);
    const stranger = await RawClient.open(t, running.port);
    client.ask('a');
    const first = await client.follow();
    for (let n = 0; n < 100; n += 1) stranger.send(encodeError(0, 'die'), client.port);
    for (const block of [0, 2, 17, 40_000, 65_535]) client.send(encodeAck(block));
    for (const bytes of Object.values(named).filter(({ length }) => length < 600)) {
      if (bytes !== named['an ERROR to the request port']) client.send(bytes);
      stranger.send(bytes, client.port);
    }
    assert.ok((await client.takeAll(first)).equals(CONTENT));
  },
);

test(
  'spoofed requests: a victim that asked nothing gets one packet for each, smaller than a block',
  IN_TIME,
  async (t) => {
    const running = await trial(t, { a: pattern(200_000) });
    const victim = await RawClient.open(t, running.port);
    const all = { blksize: '65464', windowsize: '65535', timeout: '1', tsize: '0' };
    // The forger repeats it as fast as it can: beyond the limit there is no answer.
    for (let n = 0; n < 300; n += 1) victim.send(request('a', all), running.port);
    await running.event(({ kind }) => kind === 'dropped');
    await delay(100);
    const sent = victim.takeArrived();
    assert.ok(sent.length >= 1 && sent.length <= 101, `${sent.length} packets`);
    assert.deepEqual([...new Set(sent.map(({ packet }) => packet.kind))], ['oack']);
    assert.ok(
      sent.every(({ from: { size } }) => size < 80),
      'no larger than the request',
    );
  },
);

test('a client that is gone after an ERROR storm of its own leaves nothing', IN_TIME, async (t) => {
  const before = await resources();
  const running = await trial(t, { a: CONTENT });
  const client = await RawClient.open(t, running.port);
  client.ask('a', [{ name: 'tsize', value: '0' }]);
  await client.follow();
  for (let n = 0; n < 200; n += 1) client.send(encodeError(n, 'x'.repeat(n)));
  await running.event(({ kind }) => kind === 'transfer');
  await client.close();
  await assertNothingLeft(running, before);
});

const text = fc.oneof(
  fc.constantFrom('a', 'octet', 'netascii', 'blksize', 'windowsize', 'timeout', 'tsize', '..', '/'),
  fc.constantFrom('0', '1', '8', '512', '65464', '65535', '65536', '-1', '1e9', ''),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 700 }),
  fc
    .tuple(fc.nat({ max: 8 }), fc.array(text, { maxLength: 12 }), fc.boolean())
    .map(([opcode, strings, ended]) =>
      Buffer.concat([Buffer.of(0, opcode), Buffer.from(strings.join('\0') + (ended ? '\0' : ''))]),
    ),
  fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 65_535 })).map(([opcode, number]) => {
    return Buffer.of(0, opcode, number >> 8, number & 255);
  }),
);

test('any datagrams, to the request port and to a transfer of the sender', IN_TIME, async (t) => {
  const before = await resources();
  const running = await trial(t, { a: CONTENT }, { limits: WIDE });
  // They stay open: packets to a closed port would reach its next owner.
  const attackers: RawClient[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { maxLength: 30 }), async (datagrams) => {
      const attacker = await RawClient.open(t, running.port);
      attacker.ask('a', [{ name: 'windowsize', value: '4' }]);
      attackers.push(attacker);
      await attacker.follow();
      for (const bytes of datagrams) {
        attacker.send(bytes);
        attacker.send(bytes, running.port);
      }
      await goodTransfer(t, running);
    }),
    { numRuns: 60 },
  );
  await Promise.all(attackers.map((attacker) => attacker.close()));
  await assertNothingLeft(running, before);
});

test('20,000 random datagrams', { timeout: 60_000 }, (t) => sendRandom(t, 20_000));
