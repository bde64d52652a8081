import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRange } from './range.ts';

test('every form of a single range', () => {
  const cases = {
    'bytes=0-0': { start: 0, end: 0 },
    'bytes=2-5': { start: 2, end: 5 },
    'bytes=9-9': { start: 9, end: 9 },
    'bytes=2-': { start: 2, end: 9 },
    'bytes=0-': { start: 0, end: 9 },
    'bytes=2-99': { start: 2, end: 9 },
    'bytes=-3': { start: 7, end: 9 },
    'bytes=-10': { start: 0, end: 9 },
    'bytes=-99': { start: 0, end: 9 },
    'BYTES= 2-5 ': { start: 2, end: 5 },
    [`bytes=0-${'9'.repeat(400)}`]: { start: 0, end: 9 },
    [`bytes=-${'9'.repeat(400)}`]: { start: 0, end: 9 },
  };
  for (const [header, range] of Object.entries(cases)) {
    assert.deepEqual(parseRange(header, 10), range, header);
  }
});

test('a range outside the file is unsatisfiable', () => {
  for (const header of ['bytes=10-', 'bytes=10-20', 'bytes=-0', `bytes=${'9'.repeat(400)}-`]) {
    assert.equal(parseRange(header, 10), 'unsatisfiable', header);
  }
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
    assert.equal(parseRange(header, 0), 'unsatisfiable', `${header} of an empty file`);
  }
});

test('anything else means the whole file', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=1x-2',
    'bytes=0x1-2',
    'bytes=1.0-2',
    'bytes=+1-2',
    'bytes=--2',
    'bytes=0-1,3-4',
    'bytes=0-1,',
    'items=0-1',
    '0-1',
  ]) {
    assert.equal(parseRange(header, 10), null, header);
  }
});

test('a range never leaves the file', () => {
  fc.assert(
    fc.property(fc.nat(), fc.option(fc.nat()), fc.option(fc.nat()), (size, first, last) => {
      const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
      if (range === null || range === 'unsatisfiable') return true;
      return 0 <= range.start && range.start <= range.end && range.end < size;
    }),
  );
});
