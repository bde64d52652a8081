import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sendStretch } from './body.ts';

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
  assert.ok(Math.max(...steps) <= 1024 * 1024, String(steps));
});
