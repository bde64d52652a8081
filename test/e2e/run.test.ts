import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../messages/user-error.ts';
import { CASES, runCases } from './run.ts';

test('an unknown case is refused with the list of cases before anything runs', async () => {
  await assert.rejects(runCases(['boot-bios', 'constructor']), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /unknown case 'constructor'/);
    for (const name of Object.keys(CASES)) assert.ok(error.message.includes(name));
    return true;
  });
});
