import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingText } from './finding.ts';
import { judgeIpxe } from './ipxe.ts';

const iPXE = (version: string) => Buffer.from(`MZ\0iPXE\0${version}\0`, 'latin1');
const said = (programs: Record<string, Uint8Array>) =>
  judgeIpxe(new Map(Object.entries(programs)))
    .map((one) => findingText(one))
    .join('');

test('the iPXE of a tree, and what it lacks', () => {
  const old = iPXE('1.0.0+git-20190125.36a4c85-5.1');
  const text = said({ 'ipxe.efi': old, 'snponly.efi': old, 'snponly-arm64.efi': iPXE('2.0.0') });
  assert.match(
    text,
    /^note {2}ipxe\.efi, snponly\.efi: iPXE 1\.0\.0\S+: it does not look for autoexec\.ipxe.*\n {6}fix: run \.\/homepbp fetch/m,
  );
  assert.match(
    text,
    /^ok {4}snponly-arm64\.efi: iPXE 2\.0\.0, which has everything that HomePBP needs/m,
  );
  assert.match(said({ 'ipxe.efi': iPXE('1.21.1+ (g12)') }), /^note .*of unknown age$/m);
  assert.equal(said({ 'ipxe.efi': new Uint8Array() }), '');
});
