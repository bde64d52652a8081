import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnicastMac, macWithColons, parseMac } from './mac.ts';

test('every usual form gives the canonical one', () => {
  for (const text of ['52:54:00:AB:cd:01', '52-54-00-ab-CD-01', '5254.00ab.cd01', '525400ABCD01']) {
    assert.equal(parseMac(text), '52-54-00-ab-cd-01', text);
  }
  assert.equal(macWithColons('52-54-00-ab-cd-01'), '52:54:00:ab:cd:01');
});

test('anything else is not a MAC address', () => {
  for (const text of [
    '',
    '52:54:00:ab:cd',
    '52:54:00:ab:cd:01:02',
    '52:54-00:ab:cd:01',
    '5254:00ab:cd01',
    '52:54:00:ab:cd:0g',
    ' 525400abcd01',
    '525400abcd01\n',
  ]) {
    assert.equal(parseMac(text), null, JSON.stringify(text));
  }
});

test('multicast and all-zero addresses belong to no card', () => {
  assert.equal(isUnicastMac('52-54-00-00-00-01'), true);
  assert.equal(isUnicastMac('01-00-5e-00-00-01'), false);
  assert.equal(isUnicastMac('ff-ff-ff-ff-ff-ff'), false);
  assert.equal(isUnicastMac('00-00-00-00-00-00'), false);
});
