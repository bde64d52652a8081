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
import { until } from './trial.ts';

const BYTES = 8 * 1024 * 1024;

async function openFile(t: TestContext): Promise<FileHandle> {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-body-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), Buffer.alloc(BYTES, 'x'));
  const handle = await open(join(folder, 'file'));
  t.after(() => handle.close());
  return handle;
}

/** A client that takes everything at once. */
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

test('a client that takes everything at once does not keep the others from their turn', async (t) => {
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

test('what the kernel takes at once is known at once; what it does not take is waited for', async (t) => {
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
