import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type SendFile, sendFile } from './sendfile.ts';
import { pattern } from './server.trial.ts';

const skip =
  sendFile === null && process.env.HOMEPBP_REQUIRE_TOOLS !== '1' ? 'koffi is not here' : false;

/** The two ends of a connection; the client's is paused. */
async function connection(t: TestContext): Promise<{ ours: Socket; client: Socket }> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1').pause();
  const [ours] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    ours.destroy();
    client.destroy();
    server.close();
  });
  return { ours, client };
}

function openFile(t: TestContext, bytes: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-sendfile-'));
  writeFileSync(join(folder, 'file'), bytes);
  const fd = openSync(join(folder, 'file'), 'r');
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fd;
}

function required(): SendFile {
  assert.ok(sendFile, 'koffi is installed and loads');
  return sendFile;
}

test('sends just the bytes asked for, and none after the end of the file', { skip }, async (t) => {
  const send = required();
  const { ours, client } = await connection(t);
  const bytes = pattern(10_000);
  const fd = openFile(t, bytes);
  assert.equal(send(ours, fd, 1000, 3000), 3000);
  assert.equal(send(ours, fd, 9000, 3000), 1000);
  assert.equal(send(ours, fd, 10_000, 3000), 0);
  ours.end();
  const got = Buffer.concat(await client.toArray({}));
  assert.deepEqual(got, Buffer.concat([bytes.subarray(1000, 4000), bytes.subarray(9000)]));
});

test('takes 0 bytes once the client has no room, and does not wait', { skip }, async (t) => {
  const send = required();
  const { ours } = await connection(t);
  const fd = openFile(t, pattern(1024 * 1024));
  let total = 0;
  for (let sent = 1; sent > 0; total += sent) {
    const taken = send(ours, fd, 0, 1024 * 1024);
    assert.ok(taken !== null);
    assert.ok(total < 256 * 1024 * 1024, 'a socket holds less');
    sent = taken;
  }
  assert.ok(total > 1);
});

test('null for what it cannot do: a closed socket, a closed file', {
  skip,
}, async (t) => {
  const send = required();
  const { ours } = await connection(t);
  const fd = openFile(t, pattern(1000));
  assert.equal(send(ours, 1_000_000, 0, 10), null);
  ours.destroy();
  assert.equal(send(ours, fd, 0, 10), null);
});
