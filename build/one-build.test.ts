import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exclusively } from './one-build.ts';

function project(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-one-build-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, inventory: join(folder, 'nodes.yaml') };
}

test('a build that keeps running blocks another, which says whom to wait for', async (t) => {
  const { inventory } = project(t);
  await exclusively({ inventory }, () =>
    assert.rejects(
      exclusively({ inventory }, async () => {}, 0),
      {
        name: 'UserError',
        message:
          `another build of this project (process ${process.pid}) has been running for a minute\n` +
          '  hint: wait for it or stop it',
      },
    ),
  );
});

test('a build that makes no secret, or fails, leaves nothing', async (t) => {
  const { folder, inventory } = project(t);
  await exclusively({ inventory }, async () => {});
  await assert.rejects(exclusively({ inventory }, () => Promise.reject(new Error('x'))));
  assert.deepEqual(readdirSync(folder), []);
});

test('without a lock file a build continues: the next write reports why', async (t) => {
  const { folder, inventory } = project(t);
  writeFileSync(join(folder, 'secrets'), '');
  assert.equal(await exclusively({ inventory }, async () => 'built'), 'built');
  assert.ok(existsSync(join(folder, 'secrets')));
});
