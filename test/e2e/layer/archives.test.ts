import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlyArchive, joinInitrds, joinings } from './archives.ts';

const bytes = (text: string) => Buffer.from(text);

test('an initrd begins where the loader wants it to, behind zeros', () => {
  const parts = [bytes('12345'), bytes('678'), bytes('9')];
  assert.deepEqual(Buffer.from(joinInitrds(parts, 1)), bytes('123456789'));
  assert.deepEqual(Buffer.from(joinInitrds(parts, 4)), bytes('12345\0\0\x00678\x009'));
  assert.equal(joinInitrds(parts, 4096).indexOf('6'.charCodeAt(0)), 4096);
});

test('joins that leave the same bytes are tried once: those of an archive that ends where 4 bytes do', () => {
  const names = (first: string) => joinings([bytes(first), bytes('2')]).map(([name]) => name);
  assert.deepEqual(names('1234'), ['EFI stub and GRUB', 'iPXE on BIOS and LoadFile2']);
  assert.deepEqual(names('123'), ['EFI stub', 'GRUB', 'iPXE on BIOS and LoadFile2']);
});

test("an ACPI table's bytes add up to 0, its length is in it", () => {
  const archive = Buffer.from(earlyArchive());
  const start = archive.indexOf('UEFI');
  const table = archive.subarray(start, start + archive.readUInt32LE(start + 4));
  assert.equal(table.length, 54);
  assert.equal(table.reduce((sum, byte) => sum + byte, 0) % 256, 0);
});
