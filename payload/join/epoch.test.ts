// The bound of epochs is written down twice: for nodes in Python, for everything else in contract/.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LARGEST_EPOCH } from '../../contract/epoch.ts';

test('nodes take the epochs that the contract has', () => {
  const source = readFileSync(join(import.meta.dirname, 'messages.py'), 'utf8');
  const [, base, power, less] = /^LARGEST_EPOCH = (\d+) \*\* (\d+) - (\d+)$/m.exec(source) ?? [];
  assert.equal(Number(base) ** Number(power) - Number(less), LARGEST_EPOCH);
});
