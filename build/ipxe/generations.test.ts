import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { dayOf, lacksOf, versionOf } from './generations.ts';

const program = (text: string) => Buffer.from(`MZ\0\x01${text}\0more`, 'latin1');

describe('the version of a boot program', () => {
  test('is read from programs for UEFI', () => {
    const said = program('\0iPXE\x001.21.1+git20250501.dad20602+dfsg-1');
    assert.equal(versionOf(said), '1.21.1+git20250501.dad20602+dfsg-1');
    assert.equal(versionOf(program('iPXE/%s\0iPXE\0\x002.0.0+ (g12798)')), '2.0.0+ (g12798)');
  });

  test('is unknown for compressed programs and other files', () => {
    assert.equal(versionOf(program('iPXE 1.0.0')), null);
    assert.equal(versionOf(new Uint8Array()), null);
  });

  const debian = '/usr/lib/ipxe/snponly.efi';
  const absent = !existsSync(debian) && process.env.HOMEPBP_REQUIRE_TOOLS !== '1';
  test("is read from this computer's package", { skip: absent && 'no package ipxe' }, () => {
    const version = versionOf(readFileSync(debian)) ?? '';
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.ok(lacksOf(version) !== null, version);
  });
});

describe('what iPXE lacks', () => {
  const cases: [string, string | null, readonly RegExp[]][] = [
    ['1.0.0+git-20190125.36a4c85-5.1', '2019-01-25', [/iPXE from firmware/, /label/]],
    // Ubuntu 22.04 and 24.04: five days too early.
    ['1.21.1+git-20220113.fbbdc3926-0ubuntu1', '2022-01-13', [/iPXE from firmware/, /label/]],
    ['1.21.1+git20230101.1', '2023-01-01', [/HTTP boot/, /label/]],
    ['1.21.1+git20250501.dad20602+dfsg-1', '2025-05-01', []],
    ['1.21.1', '2020-12-31', [/iPXE from firmware/, /label/]],
    ['2.0.0+dfsg-5', '2026-03-06', []],
    ['2.1.0', '2026-03-06', []],
  ];
  for (const [version, day, expected] of cases) {
    test(version, () => {
      assert.equal(dayOf(version), day);
      const lacks = lacksOf(version) ?? [];
      assert.equal(lacks.length, expected.length, lacks.join('\n'));
      for (const [index, pattern] of expected.entries()) assert.match(lacks[index] ?? '', pattern);
    });
  }

  test('is unknown for a build after a release', () => {
    assert.equal(lacksOf('1.21.1+ (g988d2)'), null);
    assert.deepEqual(lacksOf('2.0.0+ (g0ab22)'), []);
  });
});
