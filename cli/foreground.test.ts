import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foregroundIn } from './foreground.ts';

test("a process is in the foreground if its group is its terminal's", () => {
  const stat = (group: number, terminal: number) =>
    `12 (a) b) S 1 ${group} 9 34816 ${terminal} 4194304`;
  assert.equal(foregroundIn(stat(12, 12)), true);
  assert.equal(foregroundIn(stat(12, 9)), false);
  assert.equal(foregroundIn(stat(12, -1)), false);
  assert.equal(foregroundIn(''), false);
});
