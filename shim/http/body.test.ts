import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sendStretch, writerOf } from './body.ts';
import type { ByteRange } from './range.ts';
import { readerOf } from './read.ts';
import { type SendFile, sendFile } from './sendfile.ts';
import { pattern, until } from './server.trial.ts';

const BYTES = 8 * 1024 * 1024;
const CONTENT = pattern(BYTES);

async function openFile(t: TestContext): Promise<FileHandle> {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-body-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), CONTENT);
  const handle = await open(join(folder, 'file'));
  t.after(() => handle.close());
  return handle;
}

/** A client that reads everything at once. */
function endlessClient(): { response: ServerResponse; bytes: () => number } {
  let bytes = 0;
  const socket = { destroyed: false, writableLength: 0, cork() {}, uncork() {} };
  const response = {
    socket,
    destroyed: false,
    once() {},
    end() {},
    write(chunk: Buffer) {
      bytes += chunk.length;
    },
  };
  return { response: response as unknown as ServerResponse, bytes: () => bytes };
}

test('a fast client leaves the others their turn', async (t) => {
  const handle = await openFile(t);
  const { response, bytes } = endlessClient();
  const seen: number[] = [];
  const look = () => {
    seen.push(bytes());
    if (bytes() < BYTES) setImmediate(look);
  };
  setImmediate(look);
  await sendStretch(response, handle, { start: 0, end: BYTES - 1 });
  assert.equal(bytes(), BYTES);
  const steps = seen.map((now, index) => now - (seen[index - 1] ?? 0));
  assert.ok(seen.length >= 8 && Math.max(...steps) <= 1024 * 1024, String(steps));
});

test('what the kernel takes at once needs no wait; the rest is waited for', async (t) => {
  const written: (Promise<void> | null)[] = [];
  const server = createServer((_, response) => {
    const write = writerOf(response);
    for (let count = 0; count < 2; count++) written.push(write(Buffer.alloc(1000)));
    written.push(write(Buffer.alloc(64 * 1024 * 1024)));
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => written.length === 3, 'all is written');
  assert.deepEqual(written.slice(0, 2), [null, null]);
  assert.ok(written[2] instanceof Promise);
  client.destroy();
  await assert.rejects(written[2], { name: 'ConnectionLost' });
});

/** The body that a client receives for a stretch of the file. */
async function download(t: TestContext, stretch: ByteRange, send: SendFile | null) {
  const handle = await openFile(t);
  // By this clock nothing is slow, however busy the machine is.
  const reader = readerOf(handle, () => 0);
  const server = createServer((_, response) => {
    response.setHeader('Content-Length', stretch.end - stretch.start + 1);
    sendStretch(response, handle, stretch, send, reader).catch(() => response.destroy());
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return Buffer.from(await response.arrayBuffer());
}

const STRETCHES: readonly ByteRange[] = [
  { start: 0, end: BYTES - 1 },
  { start: 1234, end: BYTES - 5678 },
  { start: 100, end: 100 },
  { start: BYTES - 5000, end: BYTES - 1 },
];

/** Every possible result of sendfile. */
const KERNELS: Readonly<Record<string, SendFile | null>> = {
  'as it is': sendFile,
  none: null,
  'one that refuses': () => null,
  'one that never has room': () => 0,
  'one that breaks half way': (socket, file, position, count) =>
    position < BYTES / 2 ? (sendFile?.(socket, file, position, count) ?? null) : null,
  'one that takes a byte at a time for a while': (socket, file, position, count) =>
    sendFile?.(socket, file, position, position % 10_000 < 50 ? 1 : count) ?? null,
};

for (const [name, send] of Object.entries(KERNELS)) {
  test(`a client gets just the stretch; sendfile: ${name}`, async (t) => {
    for (const stretch of STRETCHES) {
      const body = await download(t, stretch, send);
      assert.ok(body.equals(CONTENT.subarray(stretch.start, stretch.end + 1)), String(body.length));
    }
  });
}

test('most bytes are not copied, and none that was refused once is tried again', async (t) => {
  let asked = 0;
  let handed = 0;
  const counting: SendFile = (socket, file, position, count) => {
    asked += 1;
    const sent = sendFile?.(socket, file, position, count) ?? null;
    handed += sent ?? 0;
    return sent;
  };
  await download(t, { start: 0, end: BYTES - 1 }, counting);
  if (sendFile === null) assert.equal(asked, 1);
  else assert.ok(handed > 0.8 * BYTES, String(handed));
  asked = 0;
  await download(t, { start: 0, end: BYTES - 1 }, () => {
    asked += 1;
    return null;
  });
  assert.equal(asked, 1);
});

test('while the socket is full, little is copied at a time', async (t) => {
  let asked = 0;
  await download(t, { start: 0, end: BYTES - 1 }, () => {
    asked += 1;
    return 0;
  });
  assert.equal(asked, BYTES / 4096 - 1);
});
