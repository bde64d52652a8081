// Listening pages: what each costs, and that one which reads nothing costs no more.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { drain, readUntil, until } from '../http/server.trial.ts';
import { EventStreams } from './events.ts';

const GONE = { event: 'unknown-gone', data: { mac: '52-54-00-12-34-01' } } as const;
/** One event of a quarter of a megabyte. */
const LARGE = { event: 'unknown-gone', data: { mac: 'x'.repeat(256 * 1024) } } as const;

/**
 * Streams behind a real server; `listen` opens a page, which receives nothing until it is read. Each
 * address is a machine of its own; 127.0.0.1 is this computer.
 */
async function openStreams(t: TestContext) {
  const streams = new EventStreams(
    () => GONE,
    async (client = '') => ({ source: client, isKept: client === '127.0.0.1' }),
  );
  const server = createServer((_, response) => void streams.open(response));
  const pages: Socket[] = [];
  t.after(async () => {
    for (const page of pages) page.destroy();
    server.close();
    await once(server, 'close');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const listen = async (localAddress = '127.0.0.1') => {
    const page = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
    page.pause();
    pages.push(page);
    page.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return page;
  };
  return { streams, listen };
}

test('a page that reads nothing is cut off; the others still get events', async (t) => {
  const { streams, listen } = await openStreams(t);
  const [slow, good] = [await listen(), await listen()];
  await until(() => streams.clients === 2, 'both listen');
  let heard = 0;
  good.on('data', (chunk: Buffer) => {
    heard += chunk.length;
  });
  good.resume();
  let sent = 0;
  // Socket buffers absorb some megabytes first.
  while (streams.clients === 2 && sent < 64 * 1024 * 1024) {
    streams.send([LARGE]);
    sent += LARGE.data.mac.length;
    await until(() => heard >= sent, 'the good one takes it');
  }
  assert.equal(streams.clients, 1, `after ${sent} bytes`);
  slow.resume();
  await once(slow, 'close');
  const told = readUntil(good, '52-54-00-12-34-01');
  streams.send([GONE]);
  await told;
});

/** Opens pages one after the other, and waits until each has its first event. */
async function listenAll(
  listen: (address: string) => Promise<Socket>,
  addresses: readonly string[],
): Promise<Socket[]> {
  const pages: Socket[] = [];
  for (const address of addresses) {
    const page = await listen(address);
    await readUntil(page, '52-54-00-12-34-01');
    pages.push(page);
  }
  return pages;
}

const stranger = (number: number) => `127.0.1.${number + 1}`;

test('32 strangers do not lock out this computer, nor another machine', async (t) => {
  const { streams, listen } = await openStreams(t);
  await listenAll(
    listen,
    Array.from({ length: 32 }, (_, n) => stranger(n)),
  );
  assert.equal(streams.clients, 24);
  await listenAll(listen, ['127.0.0.1', '127.0.0.9']);
  assert.equal(streams.clients, 25);
});

test('one machine with many pages loses its oldest, and takes nobody else’s', async (t) => {
  const { streams, listen } = await openStreams(t);
  const [owner] = await listenAll(listen, ['127.0.0.9']);
  const [first] = await listenAll(listen, Array(40).fill('127.0.0.8'));
  assert.ok(owner && first);
  await drain(first);
  await until(() => streams.clients === 9, 'eight of them, and the owner’s');
  streams.send([GONE]);
  await readUntil(owner, '52-54-00-12-34-01');
});

test('each page that closes makes room for another', async (t) => {
  const { streams, listen } = await openStreams(t);
  const pages = await listenAll(listen, Array(8).fill('127.0.0.9'));
  for (const page of pages.slice(0, 2)) page.resetAndDestroy();
  await until(() => streams.clients === 6, 'two have gone');
  await listenAll(listen, Array(2).fill('127.0.0.9'));
  assert.equal(streams.clients, 8);
});

test('a heartbeat every 15 s while anyone listens', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { streams, listen } = await openStreams(t);
  const page = await listen();
  await readUntil(page, '52-54-00-12-34-01');
  for (let time = 0; time < 3; time++) {
    t.mock.timers.tick(15_000);
    assert.match(String(await readUntil(page, 'still here')), /^[\da-f]+\r\n: still here\n\n/);
  }
  page.destroy();
  await until(() => streams.clients === 0, 'it has gone');
  const again = await listen();
  await readUntil(again, '52-54-00-12-34-01');
  t.mock.timers.tick(15_000);
  await readUntil(again, 'still here');
});
