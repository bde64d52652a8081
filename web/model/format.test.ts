import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes } from '../../messages/bytes.ts';
import { formatAgo, formatDuration, formatProgress } from './format.ts';

test('sizes', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9951, '10 kB'],
    [999_600, '1.0 MB'],
    [262_000_000, '262 MB'],
    [2e15, '2000 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
  assert.equal(formatProgress(131e6, 262e6), '131 MB of 262 MB');
  assert.equal(formatProgress(131e6, null), '131 MB');
});

test('durations', () => {
  const cases: [number, string][] = [
    [-5, '0 s'],
    [0, '0 s'],
    [840, '0.8 s'],
    [9_990, '10 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [86_400_000 * 3 + 3_600_000 * 4, '3 d 4 h'],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

test('times gone by', () => {
  const cases: [number, string][] = [
    [-1000, 'just now'],
    [4999, 'just now'],
    [5400, '5 s ago'],
    [45_000, '45 s ago'],
    [185_000, '3 min ago'],
    [90_000_000, '1 d ago'],
  ];
  for (const [ms, text] of cases) assert.equal(formatAgo(ms), text);
});
