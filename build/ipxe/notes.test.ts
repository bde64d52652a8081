import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipxeNotes } from './notes.ts';

const iPXE = (version: string) => Buffer.from(`MZ\0iPXE\0${version}\0`, 'latin1');

test('a build says what an old iPXE lacks, once for all of its programs', () => {
  const old = iPXE('1.0.0+git-20190125.36a4c85-5.1');
  const [text = '', ...more] = ipxeNotes(
    new Map([
      ['ipxe.efi', old],
      ['snponly.efi', old],
      ['snponly-arm64.efi', iPXE('2.0.0')],
    ]),
  );
  assert.match(text, /^note: ipxe\.efi, snponly\.efi: iPXE 1\.0\.0\S+; run \.\/homepbp fetch/);
  assert.match(
    text,
    /\n {2}it does not look for autoexec\.ipxe.*\n {2}it cannot find a node's disk/,
  );
  assert.deepEqual(more, []);
});
