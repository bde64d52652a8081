import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashOf } from './disk-image.ts';

const skip =
  spawnSync('qemu-img', ['--version']).status !== 0 && process.env.HOMEPBP_REQUIRE_TOOLS !== '1';
const SIZE = 1 << 20;

/** A file of a megabyte that is written in these pieces, in order; the rest are holes. */
async function image(t: TestContext, pieces: readonly (readonly [at: number, text: string])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-image-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'disk.img');
  writeFileSync(path, '');
  truncateSync(path, SIZE);
  const file = await open(path, 'r+');
  for (const [at, text] of pieces) await file.write(text, at);
  await file.close();
  return path;
}

test('the same bytes have one hash, wherever the holes are', { skip }, async (t) => {
  const text = 'x'.repeat(5000);
  const sparse = await hashOf(await image(t, [[200_000, text]]));
  const zeros = '\0'.repeat(40_000);
  const written = [
    [[180_000, zeros]],
    [
      [190_000, zeros],
      [900_000, zeros],
    ],
    [[0, '\0'.repeat(SIZE)]],
  ] as const;
  for (const pieces of written) {
    assert.equal(await hashOf(await image(t, [...pieces, [200_000, text]])), sparse);
  }
});

test('other bytes, or the same at another place, have another', { skip }, async (t) => {
  const one = await hashOf(await image(t, [[200_000, 'x']]));
  assert.notEqual(await hashOf(await image(t, [[200_000, 'y']])), one);
  assert.notEqual(await hashOf(await image(t, [[200_001, 'x']])), one);
  assert.notEqual(
    await hashOf(
      await image(t, [
        [200_000, 'x'],
        [SIZE - 1, 'x'],
      ]),
    ),
    one,
  );
});
