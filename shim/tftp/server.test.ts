// The real server, with raw datagrams.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DOCTOR_OPTION } from '../../contract/doctor.ts';
import type { Files } from '../files.ts';
import { encodeAck, encodeData, encodeError, encodeRequest } from './packet.ts';
import { RawClient } from './raw-client.trial.ts';
import { folderFiles, pattern, type Trial, trial } from './server.trial.ts';
import { startTftpServer } from './server.ts';

const IN_TIME = { timeout: 20_000 };

function error(code: number) {
  return (packet: { kind: string; code?: number }) =>
    assert.deepEqual({ kind: packet.kind, code: packet.code }, { kind: 'error', code });
}

async function start(
  t: TestContext,
  contents: Record<string, Uint8Array | string> = { a: 'hello' },
) {
  const running = await trial(t, contents);
  return { ...running, client: await RawClient.open(t, running.port) };
}

/** Node.js releases a closed socket at the end of the event loop's turn. */
async function openSockets(): Promise<number> {
  await setImmediate();
  await setImmediate();
  return process.getActiveResourcesInfo().filter((what) => what === 'UDPWrap').length;
}

test('a file in lock-step, from its own port, with one line in the log', IN_TIME, async (t) => {
  const content = pattern(2000);
  const { client, event, port } = await start(t, { a: content });
  client.ask('a');
  const first = await client.follow();
  assert.notEqual(client.port, port);
  assert.deepEqual(await client.takeAll(first), content);
  const end = await event(({ kind }) => kind === 'transfer');
  assert.partialDeepStrictEqual(end, {
    outcome: 'complete',
    file: 'a',
    size: 2000,
    server: '127.0.0.1',
  });
  assert.equal(end.kind === 'transfer' && end.client.port, client.ownPort);
});

for (const [what, tail] of [
  ["DHCP's end mark", 'ff'],
  ['the head of option 97', '6111'],
  ['the NUL of the option', '00'],
] as const) {
  test(`a file name with ${what} behind it, as old ROMs send it`, IN_TIME, async (t) => {
    const { client } = await start(t, { 'snponly.efi': 'hello' });
    const name = Buffer.from('snponly.efi').toString('hex');
    client.send(Buffer.from(`0001${name}${tail}00${'6f63746574'}00`, 'hex'));
    assert.equal((await client.takeAll(await client.follow())).toString(), 'hello');
  });
}

for (const [what, size] of [
  ['empty', 0],
  ['of one block', 512],
  ['of 64 KiB and one', 65_537],
] as const) {
  test(`a file ${what}`, IN_TIME, async (t) => {
    const { client } = await start(t, { a: pattern(size) });
    client.ask('a');
    assert.deepEqual(await client.takeAll(await client.follow()), pattern(size));
  });
}

test('every block size around the usual ones', IN_TIME, async (t) => {
  const content = pattern(3000);
  const { port } = await start(t, { a: content });
  for (const blksize of [8, 511, 512, 513, 1000, 1428, 1467, 1468]) {
    const client = await RawClient.open(t, port);
    client.ask('a', [{ name: 'blksize', value: String(blksize) }]);
    const oack = await client.follow();
    assert.deepEqual(oack, {
      kind: 'oack',
      options: [{ name: 'blksize', value: String(blksize) }],
    });
    client.send(encodeAck(0));
    assert.deepEqual(await client.takeAll((await client.next()).packet, blksize), content);
  }
});

test('the largest block size, where the configuration allows it', IN_TIME, async (t) => {
  const content = pattern(200_000);
  const { port } = await trial(t, { a: content }, { limits: { maxBlksize: 65_464 } });
  const client = await RawClient.open(t, port);
  client.ask('a', [{ name: 'blksize', value: '65464' }]);
  await client.follow();
  client.send(encodeAck(0));
  assert.deepEqual(await client.takeAll((await client.next()).packet, 65_464), content);
});

test(
  'a window of blocks, some of them lost, across the pieces that a file is read in',
  IN_TIME,
  async (t) => {
    const content = pattern(300_000);
    const { client } = await start(t, { a: content });
    client.ask('a', [
      { name: 'windowsize', value: '16' },
      { name: 'blksize', value: '1000' },
    ]);
    await client.follow();
    client.send(encodeAck(0));
    const parts: Uint8Array[] = [];
    let lost = 0;
    for (let inWindow = 1; parts.length < 301; ) {
      const { packet } = await client.next();
      if (packet.kind !== 'data') throw new Error(packet.kind);
      if (packet.block === 50 && lost++ === 0) continue;
      const inOrder = packet.block === parts.length + 1;
      if (inOrder) parts.push(packet.data);
      if (!inOrder || inWindow === 16 || packet.data.length < 1000) {
        client.send(encodeAck(parts.length));
        inWindow = 0;
      }
      inWindow += 1;
    }
    assert.deepEqual(Buffer.concat(parts), content);
  },
);

test('tsize tells the size; a client that wanted no more costs no error', IN_TIME, async (t) => {
  const { client, event } = await start(t);
  client.ask('a', [{ name: 'tsize', value: '0' }]);
  assert.deepEqual(await client.follow(), {
    kind: 'oack',
    options: [{ name: 'tsize', value: '5' }],
  });
  client.send(encodeError(8, 'thanks'));
  const probe = await event(({ kind }) => kind === 'transfer');
  assert.equal(probe.kind === 'transfer' && probe.outcome, 'probed');
});

test(
  'the size first, then the file, as PXE ROMs ask: a line for each, no read for the size',
  IN_TIME,
  async (t) => {
    const content = pattern(2000);
    let reads = 0;
    const folder = await mkdtemp(join(tmpdir(), 'homepbp-tftp-rom-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'a'), content);
    const files = countingReads(folderFiles(folder), () => {
      reads += 1;
    });
    const { port, event, events } = await trial(t, {}, { files });
    const rom = await RawClient.open(t, port);
    const options = [
      { name: 'tsize', value: '0' },
      { name: 'blksize', value: '1468' },
    ];
    rom.ask('a', options);
    assert.equal((await rom.follow()).kind, 'oack');
    // Some ROMs say so more than once, and then ask from the same port.
    for (let n = 0; n < 3; n += 1) rom.send(encodeError(8, 'User aborted the transfer'));
    await event((one) => one.kind === 'transfer' && one.outcome === 'probed');
    assert.equal(reads, 0);
    rom.port = port;
    rom.ask('a', options);
    await rom.follow();
    rom.send(encodeAck(0));
    assert.deepEqual(await rom.takeAll((await rom.next()).packet, 1468), content);
    await event((one) => one.kind === 'transfer' && one.outcome === 'complete');
    const lines = events.flatMap((one) => (one.kind === 'transfer' ? [one.outcome] : [one.kind]));
    assert.deepEqual(
      lines.filter((line) => line !== 'dropped'),
      ['probed', 'complete'],
    );
  },
);

/** The same files, with a callback for each read. */
function countingReads(files: Files, onRead: () => void): Files {
  const { open } = files;
  return {
    open: async (name) => {
      const file = await open(name);
      if (file === null) return null;
      const read = file.handle.read.bind(file.handle);
      file.handle.read = ((...args: Parameters<typeof read>) => {
        onRead();
        return read(...args);
      }) as typeof file.handle.read;
      return file;
    },
  };
}

test('names as firmware writes them', IN_TIME, async (t) => {
  const { port } = await start(t);
  for (const name of ['/a', '\\a', '//a', './a', 'tftp://127.0.0.1/a', 'a\ufffd']) {
    const client = await RawClient.open(t, port);
    client.ask(name);
    assert.equal(String(await client.takeAll(await client.follow())), 'hello', name);
  }
});

test(
  'refusals have the right code and come from a port that is then closed',
  IN_TIME,
  async (t) => {
    const { client, port } = await start(t);
    client.ask('absent');
    error(1)((await client.next()).packet);
    client.ask('../a');
    error(2)((await client.next()).packet);
    client.ask('a', [], 'mail');
    error(4)((await client.next()).packet);
    client.ask('a', [
      { name: 'tsize', value: '0' },
      { name: 'TSIZE', value: '0' },
    ]);
    error(8)((await client.next()).packet);
    client.send(encodeRequest({ kind: 'wrq', filename: 'new', mode: 'octet', options: [] }), port);
    error(2)((await client.next()).packet);
    client.send(Buffer.from('\0\x01a\0octet'), port);
    error(4)((await client.next()).packet);
  },
);

test('a write request leaves no file', IN_TIME, async (t) => {
  const { client, folder, event } = await start(t);
  client.send(encodeRequest({ kind: 'wrq', filename: 'new', mode: 'octet', options: [] }));
  error(2)(await client.follow());
  client.send(encodeData(1, Buffer.from('x')));
  await event(({ kind }) => kind === 'dropped');
  assert.deepEqual(await readdir(folder), ['a']);
});

test('a request repeated by an impatient firmware starts one transfer only', IN_TIME, async (t) => {
  const content = pattern(1500);
  const { client, port, server, events } = await start(t, { a: content });
  for (let n = 0; n < 3; n += 1) client.ask('a');
  const { packet, from } = await client.next();
  assert.equal(server.transfers, 1);
  client.port = from.port;
  client.send(encodeAck(1));
  client.send(encodeRequest({ kind: 'rrq', filename: 'a', mode: 'octet', options: [] }), port);
  const got: number[] = [];
  for (let next = packet; ; next = (await client.next()).packet) {
    if (next.kind !== 'data') throw new Error(next.kind);
    if (next.block === 1) continue; // the first block again, for the repeated request
    got.push(next.block);
    client.send(encodeAck(next.block));
    if (next.data.length < 512) break;
  }
  assert.deepEqual(got, [2, 3]);
  await setImmediate();
  assert.ok(events.filter(({ kind }) => kind === 'transfer').length <= 1);
});

test(
  'the same file again and again from one port, at once after the last ACK',
  IN_TIME,
  async (t) => {
    const content = pattern(600);
    const { client, port } = await start(t, { a: content });
    for (let n = 0; n < 20; n += 1) {
      client.port = port;
      client.ask('a');
      assert.deepEqual(await client.takeAll(await client.follow()), content);
    }
  },
);

test('another request from the same port replaces the first', IN_TIME, async (t) => {
  const { client, port, event } = await start(t, { a: pattern(5000), b: 'second' });
  client.ask('a');
  const { from } = await client.next();
  client.send(encodeRequest({ kind: 'rrq', filename: 'b', mode: 'octet', options: [] }), port);
  const { packet, from: newer } = await client.next();
  assert.notEqual(newer.port, from.port);
  assert.equal(packet.kind === 'data' && String(packet.data), 'second');
  const first = await event((one) => one.kind === 'transfer' && one.file === 'a');
  assert.equal(first.kind === 'transfer' && first.outcome, 'failed');
});

test('a stranger at a transfer port gets error 5, and the transfer goes on', IN_TIME, async (t) => {
  const content = pattern(1200);
  const { client, port } = await start(t, { a: content });
  const stranger = await RawClient.open(t, port);
  client.ask('a');
  const first = await client.follow();
  stranger.port = client.port;
  stranger.send(encodeError(0, 'never answered'));
  stranger.send(encodeAck(1));
  error(5)((await stranger.next()).packet);
  assert.deepEqual(await client.takeAll(first), content);
});

test('a block that is lost comes again', IN_TIME, async (t) => {
  const content = pattern(700);
  const { client, event } = await start(t, { a: content });
  client.ask('a');
  await client.follow();
  const again = (await client.next()).packet;
  assert.deepEqual(await client.takeAll(again), content);
  const end = await event(({ kind }) => kind === 'transfer');
  assert.ok(end.kind === 'transfer' && end.retransmissions > 0);
});

test(
  'netascii: line ends travel as CR LF, a lone CR as CR NUL, also over many blocks',
  IN_TIME,
  async (t) => {
    const text = 'one\ntwo\rthree\r\n'.repeat(20_000);
    const { client } = await start(t, { a: text });
    client.ask(
      'a',
      [
        { name: 'tsize', value: '0' },
        { name: 'blksize', value: '1400' },
      ],
      'netascii',
    );
    const oack = await client.follow();
    assert.deepEqual(oack, { kind: 'oack', options: [{ name: 'blksize', value: '1400' }] });
    client.send(encodeAck(0));
    const got = await client.takeAll((await client.next()).packet, 1400);
    assert.equal(String(got), 'one\r\ntwo\r\0three\r\0\r\n'.repeat(20_000));
  },
);

test(
  'one socket per address: the answer comes from the address that was asked',
  IN_TIME,
  async (t) => {
    const { server } = await trial(
      t,
      { a: 'hello' },
      {
        addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
      },
    );
    for (const { address, port } of server.addresses) {
      const client = await RawClient.open(t, port);
      const request = { kind: 'rrq', filename: 'a', mode: 'octet', options: [] } as const;
      client.send(encodeRequest(request), port, address);
      const { packet, from } = await client.next();
      assert.deepEqual([from.address, packet.kind], [address, 'data']);
      client.send(encodeAck(1), from.port, address);
    }
  },
);

const noIPv6 = Object.values(networkInterfaces())
  .flat()
  .every((one) => one?.address !== '::1');
test('IPv6, with blocks that fit into its frames', { ...IN_TIME, skip: noIPv6 }, async (t) => {
  const content = pattern(5000);
  const { port } = await trial(t, { a: content }, { addresses: ['::1'] });
  const client = await RawClient.open(t, port, '::1');
  client.ask('a', [{ name: 'blksize', value: '1468' }]);
  const oack = await client.follow();
  assert.deepEqual(oack, { kind: 'oack', options: [{ name: 'blksize', value: '1448' }] });
  client.send(encodeAck(0));
  assert.deepEqual(await client.takeAll((await client.next()).packet, 1448), content);
});

test('an address that cannot be bound is named; the others serve', IN_TIME, async (t) => {
  const { port, folder } = await start(t);
  const before = await openSockets();
  const options = { files: folderFiles(folder), port, log: () => {} };
  const addresses = ['127.0.0.2', '127.0.0.1', '192.0.2.1'];
  const server = await startTftpServer({ ...options, addresses });
  assert.deepEqual(
    server.unbound.map(({ address, error }) => [address, error.code]),
    [
      ['127.0.0.1', 'EADDRINUSE'],
      ['192.0.2.1', 'EADDRNOTAVAIL'],
    ],
  );
  assert.deepEqual(
    server.addresses.map(({ address }) => address),
    ['127.0.0.2'],
  );
  await server.close();
  assert.deepEqual(await openSockets(), before);
});

test('it follows its addresses; a transfer from one that it left goes on', IN_TIME, async (t) => {
  const content = pattern(2000);
  const { server, port, client } = await start(t, { a: content });
  client.ask('a');
  const first = await client.follow();
  assert.deepEqual(await server.follow(['127.0.0.2']), []);
  assert.deepEqual(await client.takeAll(first), content);
  const [now] = server.addresses;
  assert.equal(now?.address, '127.0.0.2');
  const other = await RawClient.open(t, now?.port ?? port);
  const request = { kind: 'rrq', filename: 'a', mode: 'octet', options: [] } as const;
  other.send(encodeRequest(request), now?.port, '127.0.0.2');
  const { packet, from } = await other.next();
  assert.deepEqual([from.address, packet.kind], ['127.0.0.2', 'data']);
});

test(
  'closing in the middle of transfers tells their clients and leaves nothing open',
  IN_TIME,
  async (t) => {
    const before = await openSockets();
    const { client, server, opened } = await start(t, { a: pattern(5000) });
    client.ask('a');
    await client.next();
    await server.close();
    error(0)((await client.next()).packet);
    await client.close();
    assert.deepEqual([server.transfers, opened.size], [0, 0]);
    assert.deepEqual(await openSockets(), before);
  },
);

/** Begins a transfer of a file that is read in several pieces, and stops before the second. */
async function halfWay(t: TestContext, { port }: Trial): Promise<RawClient> {
  const client = await RawClient.open(t, port);
  client.ask('big', [{ name: 'blksize', value: '1000' }]);
  await client.follow();
  client.send(encodeAck(0));
  return client;
}

test('a file replaced during its transfer is finished as it was', IN_TIME, async (t) => {
  const old = pattern(500_000);
  const running = await trial(t, { big: old }, { limits: { cacheBytes: 0 } });
  const client = await halfWay(t, running);
  const first = (await client.next()).packet;
  await writeFile(join(running.folder, 'new'), pattern(500_000, 2));
  await rename(join(running.folder, 'new'), join(running.folder, 'big'));
  assert.deepEqual(await client.takeAll(first, 1000), old);
  const later = await halfWay(t, running);
  assert.deepEqual(await later.takeAll((await later.next()).packet, 1000), pattern(500_000, 2));
});

test('a file written to during its transfer is aborted', IN_TIME, async (t) => {
  const running = await trial(t, { big: pattern(500_000) }, { limits: { cacheBytes: 0 } });
  const client = await halfWay(t, running);
  const first = (await client.next()).packet;
  await writeFile(join(running.folder, 'big'), pattern(500_000, 2));
  await assert.rejects(client.takeAll(first, 1000), /the file has changed/);
  const end = await running.event(({ kind }) => kind === 'transfer');
  assert.match(end.kind === 'transfer' ? (end.reason ?? '') : '', /written to while/);
});

test("doctor's transfers are marked, by an option that is not granted", IN_TIME, async (t) => {
  for (const [options, isDoctor] of [
    [[{ name: DOCTOR_OPTION, value: '1' }], true],
    [[], undefined],
  ] as const) {
    const { client, event } = await start(t);
    client.ask('a', options);
    await client.takeAll(await client.follow());
    const end = await event(({ kind }) => kind === 'transfer');
    assert.equal(end.kind === 'transfer' && end.isDoctor, isDoctor);
  }
});
