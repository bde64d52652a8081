import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inventoryUnreadable, mediaFailed, writeFailed } from './build-errors.ts';

const failed = (code: string) => Object.assign(new Error(code), { code });

test('a folder that cannot be written: why, and the next step', () => {
  const denied = `dist cannot be written: permission denied
  hint: make it yours (sudo chown -R "$USER" dist), or give another folder`;
  for (const error of [writeFailed('dist', failed('EACCES')), mediaFailed('dist', failed('EPERM'))])
    assert.equal((error as Error).message, denied);
  const full = writeFailed('dist', failed('ENOSPC')) as Error;
  assert.match(full.message, /the disk is full\n {2}hint: free some space/);
  assert.equal(writeFailed('dist', 'a bug'), 'a bug');
});

test('an inventory that is a folder, or is not there, is probably elsewhere', () => {
  for (const code of ['ENOENT', 'EISDIR', 'ENOTDIR'])
    assert.match(
      inventoryUnreadable('x', failed(code)).message,
      /hint: run this in the folder with/,
    );
  assert.match(inventoryUnreadable('x', failed('EACCES')).message, /hint: check its permissions/);
});
