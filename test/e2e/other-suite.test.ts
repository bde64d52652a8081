import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../messages/user-error.ts';
import { SUITES, suitePackage } from './other-suite.ts';

const absent = !existsSync('/usr/bin/apt-get') && process.env.HOMEPBP_REQUIRE_TOOLS !== '1';
const skip = absent && 'no apt-get';

test('a suite that the mirror does not have is refused, naming both, and tried again', {
  skip,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-suite-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const _ of [1, 2]) {
    const asked = suitePackage(folder, 'nosuch', 'ipxe', `file://${folder}/mirror`);
    await assert.rejects(asked, (error: Error) => {
      assert.ok(error instanceof UserError, error.stack);
      assert.match(
        error.message,
        /^e2e: Debian nosuch is not to be had from file:\/\/\S+\/mirror$/m,
      );
      assert.match(error.message, /^ {2}E: .*nosuch/m);
      return true;
    });
  }
  assert.deepEqual(readdirSync(join(folder, SUITES)), ['nosuch.apt']);
});
