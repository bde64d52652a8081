import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPackage } from './missing-package.ts';

const failed = (specifier: string) =>
  import(specifier).then(
    () => assert.fail('it is there'),
    (error: unknown) => error,
  );

test('a package that is missing is named, with what installs it', async () => {
  assert.match(String(missingPackage(await failed('no-such-package'))), /^no-such-package is not/);
  assert.match(String(missingPackage(await failed('@no/such/file'))), /^@no\/such is not/);
});

test('a file of ours that is missing is no package, and other faults are none', async () => {
  assert.equal(missingPackage(await failed('./no-such-file.ts')), null);
  assert.equal(missingPackage(new Error('x')), null);
  assert.equal(missingPackage('a text'), null);
});
