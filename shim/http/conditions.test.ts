import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConditions, rangeCounts, validatorsOf } from './conditions.ts';

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5);
const FILE = validatorsOf(1000, MODIFIED + 678.9);
const AT = (offsetMs: number) => new Date(MODIFIED + offsetMs).toUTCString();
const { etag } = FILE;

test('the tag differs between versions with the same second or size', () => {
  assert.match(etag, /^"[0-9a-z-]+"$/);
  assert.equal(FILE.lastModified, MODIFIED);
  const others = [validatorsOf(1001, MODIFIED + 678.9), validatorsOf(1000, MODIFIED + 679.1)];
  for (const other of others) assert.notEqual(other.etag, etag);
});

test('without conditions the file is sent', () => {
  assert.equal(checkConditions({}, FILE), 'send');
});

test('If-None-Match: weak comparison, lists, and the star', () => {
  for (const header of [etag, `W/${etag}`, `"x", ${etag}`, `"x",W/${etag} , "y"`, '*', ' * ']) {
    assert.equal(checkConditions({ 'if-none-match': header }, FILE), 'not-modified', header);
  }
  for (const header of ['"x"', '', etag.slice(1, -1), `"x${etag.slice(1)}`]) {
    assert.equal(checkConditions({ 'if-none-match': header }, FILE), 'send', header);
  }
});

test('If-Modified-Since: by the second, and only without If-None-Match', () => {
  const since = (date: string, tag?: string) =>
    checkConditions(
      { 'if-modified-since': date, ...(tag === undefined ? {} : { 'if-none-match': tag }) },
      FILE,
    );
  assert.equal(since(AT(0)), 'not-modified');
  assert.equal(since(AT(5000)), 'not-modified');
  assert.equal(since(AT(-1000)), 'send');
  assert.equal(since('yesterday'), 'send');
  assert.equal(since(AT(0), '"x"'), 'send');
});

test('If-Match and If-Unmodified-Since fail for another version', () => {
  assert.equal(checkConditions({ 'if-match': etag }, FILE), 'send');
  assert.equal(checkConditions({ 'if-match': '*' }, FILE), 'send');
  assert.equal(checkConditions({ 'if-match': `W/${etag}` }, FILE), 'precondition-failed');
  assert.equal(checkConditions({ 'if-match': '"x"' }, FILE), 'precondition-failed');
  assert.equal(checkConditions({ 'if-unmodified-since': AT(0) }, FILE), 'send');
  assert.equal(checkConditions({ 'if-unmodified-since': 'x' }, FILE), 'send');
  assert.equal(checkConditions({ 'if-unmodified-since': AT(-1000) }, FILE), 'precondition-failed');
});

test('If-Range: a range of another version is ignored', () => {
  assert.equal(rangeCounts({}, FILE), true);
  assert.equal(rangeCounts({ 'if-range': etag }, FILE), true);
  assert.equal(rangeCounts({ 'if-range': AT(0) }, FILE), true);
  for (const header of [`W/${etag}`, '"x"', AT(1000), AT(-1000), 'x', '']) {
    assert.equal(rangeCounts({ 'if-range': header }, FILE), false, header);
  }
});
