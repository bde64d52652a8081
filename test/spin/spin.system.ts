// The decree holds in every interleaving of the model, and breaking a rule in the model shows.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { BROKEN, check } from './run.ts';

const MISSING = ['spin', 'gcc'].find((tool) => spawnSync(tool, ['--version']).error !== undefined);
const SKIP =
  MISSING !== undefined && process.env.HOMEPBP_REQUIRE_TOOLS !== '1'
    ? `${MISSING} is not installed`
    : false;

test('one value for each epoch, and none of an epoch that is over', { skip: SKIP }, () => {
  const { errors, states } = check([]);
  assert.equal(errors, 0);
  assert.ok(states > 100_000, `the search is a real one, not of ${states} states`);
});

for (const [name, rule] of Object.entries(BROKEN)) {
  test(`spin finds the error when ${rule}`, { skip: SKIP }, () => {
    assert.ok(check([`-D${name}`]).errors > 0);
  });
}
