// The bytes of the boot order, as far as they can be told without a firmware: disk-uefi asks OVMF.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setBootOrder } from './uefi-order.ts';

test('three variables, each at a multiple of four bytes, and never over others', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-order-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'vars.fd');
  await writeFile(file, Buffer.alloc(4096, 0xff));
  await setBootOrder(file, '52:54:00:e2:e0:01');
  const store = (await readFile(file)).subarray(0x48 + 28);
  const names: string[] = [];
  let at = 0;
  while (store.readUInt16LE(at) === 0x55aa) {
    const [nameSize, dataSize] = [store.readUInt32LE(at + 36), store.readUInt32LE(at + 40)];
    names.push(store.toString('utf16le', at + 60, at + 60 + nameSize - 2));
    at += (60 + nameSize + dataSize + 3) & ~3;
  }
  assert.deepEqual(names, ['Boot0000', 'Boot0001', 'BootOrder']);
  assert.ok(store.includes(Buffer.from('525400e2e001', 'hex')));
  assert.ok(store.subarray(at).every((byte) => byte === 0xff));
  await assert.rejects(setBootOrder(file, '52:54:00:e2:e0:01'), /has variables already/);
});
