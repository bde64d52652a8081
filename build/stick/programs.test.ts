import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readStickPrograms } from './programs.ts';

function folders(t: TestContext, ...contents: Readonly<Record<string, string>>[]): string[] {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-stick-'));
  t.after(() => rmSync(root, { recursive: true }));
  return contents.map((files, index) => {
    const folder = join(root, String(index));
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  });
}

test('the first of each program counts', (t) => {
  const { bios, efi, hasArm64 } = readStickPrograms(
    folders(t, { 'ipxe.efi': 'a' }, { 'ipxe.efi': 'b', 'ipxe.pxe': 'c', 'ipxe-arm64.efi': 'd' }),
  );
  assert.equal(Buffer.from(bios).toString(), 'c');
  const texts = [...efi].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  assert.deepEqual(texts, [
    ['BOOTX64.EFI', 'a'],
    ['BOOTAA64.EFI', 'd'],
  ]);
  assert.ok(hasArm64);
});

test('what is missing is named, with how to get it', (t) => {
  assert.throws(
    () => readStickPrograms(folders(t, { 'ipxe.efi': 'a' })),
    /^UserError: usb: iPXE's ipxe\.pxe not found in .*\n {2}hint: run \.\/homepbp fetch --update ipxe$/,
  );
  assert.throws(() => readStickPrograms(folders(t, {})), /ipxe\.pxe and ipxe\.efi not found/);
});
