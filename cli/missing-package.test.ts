import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPackage } from './missing-package.ts';

const failed = (specifier: string) =>
  import(specifier).then(
    () => assert.fail('it is there'),
    (error: unknown) => error,
  );

test('a missing package is named, with how to install it', async () => {
  assert.match(String(missingPackage(await failed('no-such-package'))), /^no-such-package is not/);
  assert.match(String(missingPackage(await failed('@no/such/file'))), /^@no\/such is not/);
});

test('a missing file of ours is not a missing package, nor are other errors', async () => {
  assert.equal(missingPackage(await failed('./no-such-file.ts')), null);
  assert.equal(missingPackage(new Error('x')), null);
  assert.equal(missingPackage('a text'), null);
});
