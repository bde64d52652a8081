import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativePath } from './filename.ts';

const cases: readonly (readonly [string, string | null])[] = [
  ['undionly.kpxe', 'undionly.kpxe'],
  ['/undionly.kpxe', 'undionly.kpxe'],
  ['///a//b/./c', 'a/b/c'],
  ['\\Boot\\x64\\wdsnbp.com', 'Boot/x64/wdsnbp.com'],
  ['tftp://192.168.1.5/snponly.efi', 'snponly.efi'],
  ['TFTP://[fe80::1]//a/b', 'a/b'],
  ['undionly.kpxe\ufffd', 'undionly.kpxe'],
  ['pxelinux.0\ufffd', 'pxelinux.0'],
  ['snponly.efia\u0011', 'snponly.efi'],
  ['/snponly.efi\ufffd\u0004abc', 'snponly.efi'],
  ['snponly.efix', 'snponly.efix'],
  ['a.efi/../x\u0011', 'a.efi'],
  ['../a.efi\u0011', null],
  ['a%2e%2e/b', 'a%2e%2e/b'],
  ['a..b/...', 'a..b/...'],
  ['', null],
  ['/', null],
  ['..', null],
  ['../etc/passwd', null],
  ['a/../b', null],
  ['..\\..\\etc', null],
  ['tftp://host', 'tftp:/host'],
  ['a\nb', null],
  ['a\u0000b', null],
  ['x'.repeat(256), null],
];
for (const [asked, path] of cases) {
  test(`${JSON.stringify(asked.slice(0, 40))} → ${path}`, () => {
    assert.equal(relativePath(asked), path);
  });
}
